"""Two groups cell by cell: by hand, against SciPy, on noise, and on the planted order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import false_discovery_control, fisher_exact, norm

from analytics.chains import HiddenParams, MarkovParams, hidden_result, markov_result
from analytics.chains import between as chain_cells
from analytics.chains.states import Chain
from analytics.params import ParameterError
from analytics.paths import PathParams, compute, members
from analytics.paths import between as path_cells
from analytics.sequences import apart
from analytics.sequences.builder import Log, Sequences
from analytics.sequences.sides import KEPT, LOST, Sides
from analytics.sequences.windows import Windows
from sample_data.episodes import SEQUENCES
from sample_data.journeys import SURVEY
from tests.test_patterns import events_of
from tests.test_sequences_contrast import lost_and_kept

AS_OF = date(2024, 6, 30)
STEPS_PLANTED = {pair for s in SEQUENCES if s.outcome == "churned" for pair in zip(s.events, s.events[1:], strict=False)}  # fmt: skip
# twelve of North do a, b; three of them and twenty-five of South do b, a; c at the end of ten of South
LIVES = {f"c{n:02}": ("North" if n < 15 else "South", "ab" if n < 12 else "bac" if n < 25 else "ba") for n in range(40)}  # fmt: skip


def two_regions(bank):
    events = [(who, f"2024-06-{day:02}", step) for who, (_, life) in LIVES.items() for day, step in enumerate(life, 1)]  # fmt: skip
    return bank(events=events, customers=[(who, "2020-01-01", region) for who, (region, _) in LIVES.items()])  # fmt: skip


def wilson(x, n):
    """Wilson 1927, written out."""
    z, p = norm.ppf(0.975), x / n
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (p + z * z / (2 * n) - half) / (1 + z * z / n), (p + z * z / (2 * n) + half) / (1 + z * z / n)  # fmt: skip


# -- the test itself -----------------------------------------------------------------------------
def test_every_cell_of_paths_equals_scipy(bank):
    found = compute(two_regions(bank), PathParams(by="region", group_a="North"), AS_OF)
    table = found.apart.table
    ways = {"ab": (12, 0), "ba": (3, 25), "ac": (3, 10)}  # holders of North (15) and South (25)
    told = {a + b: (x, y) for part, a, b, x, y in table.select("part", "source", "target", "customers_a", "customers_b").iter_rows()
            if part == "transition"}  # fmt: skip
    assert told == ways
    assert set(table["of_a"]) == {15}
    assert set(table["of_b"]) == {25}
    expected = [fisher_exact([[a, 15 - a], [b, 25 - b]]).pvalue for a, b in table.select("customers_a", "customers_b").iter_rows()]  # fmt: skip
    assert table["p"].to_list() == pytest.approx(expected, rel=1e-9)
    assert table["q"].to_list() == pytest.approx(false_discovery_control(expected), rel=1e-9)
    row = table.row(by_predicate=(pl.col("part") == "transition") & (pl.col("target") == "b"), named=True)  # fmt: skip
    (low_a, high_a), (low_b, high_b) = wilson(12, 15), wilson(0, 25)  # Newcombe 1998, method 10
    assert row["low"] == pytest.approx(0.8 - np.sqrt((0.8 - low_a) ** 2 + high_b**2))
    assert row["high"] == pytest.approx(0.8 + np.sqrt((high_a - 0.8) ** 2 + low_b**2))
    assert len(members(found, "compared", row)) == 12


def test_layers_are_those_of_the_sankey_between_regions(bank):
    found = compute(two_regions(bank), PathParams(by="region", group_a="North"), AS_OF)
    node = found.apart.table.row(
        by_predicate=(pl.col("part") == "step") & (pl.col("step") == 1) & (pl.col("source") == "a"), named=True)  # fmt: skip
    assert (node["customers_a"], node["customers_b"]) == (12, 0)
    edge = found.apart.table.row(
        by_predicate=(pl.col("part") == "flow") & (pl.col("step") == 2) & (pl.col("target") == "c"), named=True)  # fmt: skip
    assert (edge["source"], edge["customers_a"], edge["customers_b"]) == ("a", 3, 10)


def test_a_customer_counts_once_by_the_first_move_out_of_a_state(bank):
    """North: a, b, then a, c nine times over. South: a, c, then a, b nine times over."""
    events = [(f"{region}{n:02}", datetime(2024, 1, 1) + timedelta(days=k), step) for region, life in
              (("N", "ab" + "ac" * 9), ("S", "ac" + "ab" * 9)) for n in range(12) for k, step in enumerate(life)]  # fmt: skip
    people = [(f"{region}{n:02}", "2020-01-01", region) for region in "NS" for n in range(12)]
    found = markov_result.compute(bank(events=events, customers=people), MarkovParams(by="region", group_a="N", bootstrap=0), AS_OF)  # fmt: skip
    rows = {(s, n): (a, of_a, b, of_b) for s, n, a, of_a, b, of_b in found.apart.table.select(
        "state", "next", "customers_a", "of_a", "customers_b", "of_b").iter_rows()}  # fmt: skip
    assert rows["a", "b"] == (12, 12, 0, 12)
    assert rows["a", "c"] == (0, 12, 12, 12)
    assert len(markov_result.members(found, "compared", {"state": "a", "next": "b"})) == 12


def test_hidden_states_of_two_regions(bank):
    """North does x and y, South u and v, over three months: a state of its own each."""
    start = datetime(2024, 4, 1)
    events = [(f"c{n:02}", start + timedelta(days=2 * k), ("xy" if n < 20 else "uv")[(n + k) % 2])
              for n in range(40) for k in range(45)]  # fmt: skip
    people = [(f"c{n:02}", "2020-01-01", "North" if n < 20 else "South") for n in range(40)]
    params = HiddenParams(by="region", group_a="North", fewest_hidden=2, most_hidden=2, starts=5)
    found = hidden_result.compute(bank(events=events, customers=people), params, AS_OF)
    table = found.apart.table
    assert set(table["period"]) == {"2024-04", "2024-05", "2024-06"}
    assert set(table["difference"].abs()) == {1.0}
    assert table["p"].to_list() == pytest.approx(
        [fisher_exact([[20, 0], [0, 20]]).pvalue] * table.height, rel=1e-9
    )
    assert len(hidden_result.members(found, "compared", {"period": "2024-05", "state": "S1"})) == 20


@pytest.mark.parametrize("params", [{"compare": "none"}, {"min_group": 30}, {"lost_days": None}, {"by": "region", "group_a": "West"}])  # fmt: skip
def test_without_two_groups_there_is_no_comparison(bank, params):
    found = compute(two_regions(bank), PathParams(**params), AS_OF)
    assert found.apart is None
    assert apart.sentence(found.apart, path_cells.label) == []


@pytest.mark.parametrize(("params", "reason"), [({"compare": "lost", "lost_days": None}, "set lost_days"),
                                                ({"compare": "groups"}, "choose what to break down by")])  # fmt: skip
def test_a_comparison_that_cannot_be_made_is_refused(params, reason):
    with pytest.raises(ParameterError, match=reason):
        PathParams(**params)


# -- the invented bank, and noise ----------------------------------------------------------------
@cache
def planted() -> tuple[Sides, tuple[str, ...]]:
    held, names = lost_and_kept(2)
    counts = {"compared_a": int(held.in_a.sum()), "compared_b": int((~held.in_a).sum())}
    return Sides("lost", (LOST, KEPT), held, counts), names


def cells_of(kind: str, both: Sides, names: tuple[str, ...]) -> apart.Cells:
    if kind == "paths":
        return path_cells.cells(both, names, PathParams())
    customers = pl.DataFrame({"customer_id": [""]})
    none = np.zeros(0, np.int64)
    chain = Chain(Sequences(both.held.events, none, customers, names), Log(customers, none, none, none, names, {}), MarkovParams())  # fmt: skip
    return chain_cells.moves(both, chain)


@pytest.mark.parametrize(("kind", "columns"), [("paths", ("source", "target")), ("markov", ("state", "next"))])  # fmt: skip
def test_planted_steps_stand_out_and_nothing_after_the_outcome_appears(kind, columns):
    both, names = planted()
    found = apart.tested(both, lambda sides: cells_of(kind, sides, names), PathParams())
    best = found.table.filter(pl.col("difference") > 0).select(columns).head(3)
    assert set(best.iter_rows()) <= STEPS_PLANTED
    assert not (found.table[columns[0]] == SURVEY).any()
    assert not (found.table[columns[1]] == SURVEY).any()


def runs_with_survivors(both: Sides, held: apart.Cells, runs: int) -> int:
    """Of so many shuffles of the groups, those that leave any q below alpha."""
    random, count = np.random.default_rng(5), 0
    for _ in range(runs):
        windows = replace(both.held, in_a=random.permutation(both.held.in_a))
        shuffled = apart.tested(replace(both, held=windows), lambda _: held, PathParams())
        count += shuffled.counts["cells_apart"] > 0
    return count


@pytest.mark.parametrize("kind", ["paths", "markov"])
def test_shuffled_groups_leave_hardly_anything(kind):
    both, names = planted()
    assert runs_with_survivors(both, cells_of(kind, both, names), 20) <= 4


def test_groups_that_differ_only_in_how_much_they_do_do_not_differ_in_moves():
    """One chain for all; group a lives four times as long. The last moves would differ, the first do not."""
    random, survivors = np.random.default_rng(8), 0
    table = np.array([[0.1, 0.6, 0.3], [0.5, 0.3, 0.2], [0.05, 0.05, 0.9]]).cumsum(1)
    for _ in range(20):
        lives = []
        for n in range(240):
            state, life = 0, []
            for step in range(24 if n < 80 else 6):
                life.append((step, state))
                state = int((random.random() > table[state]).sum())
            lives.append(life)
        held = Windows(
            events_of(lives, 3), np.arange(240), np.arange(240) < 80, np.zeros(0, np.int64)
        )
        both = Sides("groups", (LOST, KEPT), held, {"compared_a": 80, "compared_b": 160})
        found = apart.tested(both, lambda sides: cells_of("markov", sides, ("a", "b", "c")), PathParams())  # fmt: skip
        survivors += found.counts["cells_apart"] > 0
    assert survivors <= 4
