"""Two groups: by hand, against SciPy, on noise, and on the invented bank with its planted order."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import fisher_exact

from analytics.patterns import Limits
from analytics.rfm.kinds import sort_of
from analytics.sequences import MineParams, builder, compute, contrast, members, outcome, windows
from analytics.sequences.builder import DAY_US, Log
from analytics.sequences.mining import limits_of
from analytics.sequences.outcome import BY_THE_BANK, Life
from analytics.text import UserError
from sample_data.episodes import SEQUENCES
from sample_data.generate import make_block
from sample_data.journeys import SURVEY
from sample_data.world import Plan
from tests.test_patterns import events_of

PLANTED = {s.events for s in SEQUENCES if s.outcome == "churned"}
ASKED = {"min_support": 0.05, "max_length": 3, "max_patterns": 20_000, "permutations": 0, "seed": 1}


# -- the test itself -----------------------------------------------------------------------------
def hundred() -> tuple[contrast.Compared, np.ndarray]:
    """60 customers, 20 of them in group a; a before b marks 15 of a and 5 of b, else b before a."""
    rows = [[(0, 0), (1, 1)] if n < 15 or 20 <= n < 25 else [(0, 1), (1, 0)] for n in range(60)]
    in_a = np.arange(60) < 20
    return contrast.compare(
        events_of(rows, 2), in_a, Limits(), **{**ASKED, "permutations": 400}
    ), in_a


def test_every_p_equals_scipy():
    found, in_a = hundred()
    for number, pattern in enumerate(found.family.patterns):
        a, total = int(found.counts_a[number]), int(found.family.counts[number])
        table = [[a, in_a.sum() - a], [total - a, (~in_a).sum() - (total - a)]]
        assert found.p[number] == pytest.approx(fisher_exact(table).pvalue, rel=1e-9), pattern


def test_the_order_is_reported_and_single_steps_are_not():
    found, _ = hundred()
    table = contrast.contrast_table(found, ("a", "b"), np.full(len(found.family.end), np.nan))
    assert set(table["pattern"].head(2)) == {"a > b", "b > a"}
    row = table.row(by_predicate=pl.col("pattern") == "a > b", named=True)
    assert (row["customers_a"], row["customers_b"]) == (15, 5)
    assert row["difference"] == pytest.approx(15 / 20 - 5 / 40)
    assert row["low"] < row["difference"] < row["high"]
    assert row["p_claim"] == pytest.approx(1 / 401)
    assert table.filter(pl.col("pattern") == "a")["p"].to_list() == [1.0]


def test_a_longer_pattern_must_improve_on_what_it_contains():
    # c follows everybody: a > b > c says nothing that a > b does not
    rows = [[(0, 0), (1, 1), (2, 2)] if n < 15 else [(0, 1), (1, 0), (2, 2)] for n in range(60)]
    found = contrast.compare(events_of(rows, 3), np.arange(60) < 20, Limits(), **ASKED)
    reported = {found.family.patterns[k] for k in found.reported}
    assert (0, 1) in reported
    assert (0, 1, 2) not in reported


def test_westfall_young_is_less_wasteful_than_bonferroni_and_sound():
    random = np.random.default_rng(3)
    rows = [[(t, int(i)) for t, i in enumerate(random.integers(0, 4, 6))] for _ in range(80)]
    found = contrast.compare(
        events_of(rows, 4), np.arange(80) < 30, Limits(), **{**ASKED, "permutations": 300}
    )
    bonferroni = np.minimum(found.p * len(found.p), 1)
    assert (found.p_claim <= bonferroni + 0.05).all()
    assert found.p_claim.min() > 0.01  # noise


# -- groups without a leak -----------------------------------------------------------------------
def test_lost_kept_and_undecided_by_hand():
    # day 400 is as_of: 1 idle 200, 2 idle 10, 3 idle 120 (undecided), 4 idle 5 but all accounts closed
    life = Life(
        np.array([1, 1, 2, 2, 2, 3, 4, 4]),
        np.array([100, 200, 90, 195, 390, 280, 300, 395]),
        np.array([4]),
    )
    groups = outcome.lost_and_kept(life, 400, MineParams(lost_days=180, exposure_days=60))
    assert dict(zip(groups.customer.tolist(), groups.in_a.tolist(), strict=True)) == {
        1: True,
        4: True,
        2: False,
    }
    assert groups.counts["undecided"] == 1
    index = dict(zip(groups.customer.tolist(), groups.index_day.tolist(), strict=True))
    assert (index[1], index[4]) == (200, 395)
    assert index[2] in (195, 390)  # an active day of its own, not a drawn one


def test_nothing_of_the_index_day_or_later_is_seen():
    customers = pl.DataFrame({"customer_key": [1], "customer_id": ["x"], "group": [None]})
    days = np.array([139, 140, 199, 200, 201])
    log = Log(customers, np.zeros(5, np.int64), np.arange(5), days * DAY_US, tuple("abcde"), {})
    held = windows.before_index(
        log, outcome.Groups(np.array([1]), np.array([200]), np.array([True]), {}), MineParams(), 60
    )
    assert held.events.item.tolist() == [1, 2]


# -- the invented bank ---------------------------------------------------------------------------
def lost_and_kept(seed: int) -> tuple[windows.Windows, tuple[str, ...]]:
    """The windows of an invented bank of 900 customers at default settings."""
    block, _ = make_block(Plan(900, 36, seed), 0)
    events = block.events.select("customer", pl.col("happened_at").cast(pl.Datetime("us")).cast(pl.Int64),
                                 pl.col("event").cast(pl.String)).sort("customer", "happened_at", "event")  # fmt: skip
    names = sorted(events["event"].unique())
    code = (
        events["event"].replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
    )
    keys, row = np.unique(events["customer"].to_numpy(), return_inverse=True)
    log = Log(
        pl.DataFrame({"customer_key": keys}),
        row,
        code,
        events["happened_at"].to_numpy(),
        tuple(names),
        {},
    )
    kinds = [
        k
        for k in block.movements["kind"].cast(pl.String).unique()
        if sort_of(k) == "system" or k in BY_THE_BANK
    ]
    acts = block.movements.filter(~pl.col("kind").cast(pl.String).is_in(kinds)).select(
        "customer", day=pl.col("happened_at").dt.date().cast(pl.Int32).cast(pl.Int64)).unique().sort("customer", "day")  # fmt: skip
    life = Life(
        acts["customer"].to_numpy().astype(np.int64), acts["day"].to_numpy(), np.zeros(0, np.int64)
    )
    groups = outcome.lost_and_kept(life, (date(2025, 12, 31) - date(1970, 1, 1)).days, MineParams())
    return windows.before_index(log, groups, MineParams(), MineParams().exposure_days), log.alphabet


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_sequences_rank_first(seed):
    held, names = lost_and_kept(seed)
    found = contrast.compare(held.events, held.in_a, limits_of(MineParams()), **ASKED)
    table = contrast.contrast_table(found, names, np.full(len(found.family.end), np.nan))
    assert {tuple(p.split(" > ")) for p in table["pattern"].head(2)} == PLANTED
    assert not table["pattern"].str.contains(SURVEY).any()  # happens after the outcome


def test_shuffled_labels_leave_hardly_anything():
    held, _ = lost_and_kept(1)
    found = contrast.compare(held.events, held.in_a, limits_of(MineParams()), **ASKED)
    family = found.family
    tables = contrast.PTables(int(held.in_a.sum()), int((~held.in_a).sum()), family.counts)
    parts = contrast.shuffled_p(family, held.events.n, held.in_a, tables, 20, seed=1)
    line = 0.05 * np.arange(1, len(found.p) + 1) / len(found.p)  # Benjamini & Hochberg 1995
    survived = sum(int((np.sort(p, axis=1) <= line).any(axis=1).sum()) for p in parts)
    assert survived <= 4


# -- through the front door ----------------------------------------------------------------------
def test_two_groups_of_a_breakdown(bank):
    events = [(f"c{n:02}", f"2024-06-0{1 + step}", token) for n in range(40)
              for step, token in enumerate("ab" if n < 12 else "ba")]  # fmt: skip
    people = [(f"c{n:02}", "2020-01-01", "North" if n < 15 else "South") for n in range(40)]
    result = compute(
        bank(events=events, customers=people), MineParams(by="region"), date(2024, 6, 30)
    )
    best = result.contrast.row(0, named=True)
    assert (best["pattern"], best["customers_a"], best["customers_b"]) in (
        ("a > b", 12, 0),
        ("b > a", 3, 25),
    )
    assert len(members(result, "contrast", {"pattern": "a > b"})) == 12


def test_the_run_up_to_an_outcome_event_and_who_shows_it_now(bank):
    """Sixteen buy after look, think; sixteen think, look and do not buy; new ones look, think now."""

    def life(name, start, order, buys):
        days = [(name, f"2024-{start:02}-{d:02}", e) for d, e in ((1, "open"), (2, "idle"))]
        days += [(name, f"2024-{start + 2:02}-{10 + k:02}", e) for k, e in enumerate(order)]
        return [*days, (name, f"2024-{start + 2:02}-20", "buy" if buys else "leave")]

    events = [row for n in range(16) for row in life(f"b{n:02}", 1, ("look", "think"), True)]
    events += [row for n in range(16) for row in life(f"k{n:02}", 1, ("think", "look"), False)]
    events += [("new", "2024-06-20", "look"), ("new", "2024-06-22", "think")]
    params = MineParams(compare="event", outcome_event="buy", min_support=0.2)
    result = compute(bank(events=events), params, date(2024, 6, 30))
    assert result.contrast["pattern"][0] in ("look > think", "think > look")
    assert "buy" not in " ".join(result.contrast["pattern"])
    row = result.contrast.row(by_predicate=pl.col("pattern") == "look > think", named=True)
    assert (row["customers_a"], row["customers_b"], row["lead_days"]) == (16, 0, pytest.approx(9.0))
    assert result.scored.row(0)[:3] == ("new", "look > think", 1.0)


def test_no_groups_no_contrast(bank):
    result = compute(bank(events=[("ann", "2024-06-01", "a")]), MineParams(), date(2024, 6, 30))
    assert result.compared is None


def test_builder_knows_the_day(bank):
    assert builder.microseconds(date(1970, 1, 2)) == DAY_US


@pytest.mark.parametrize(
    ("name", "opens"),
    [("term_open", True), ("open_deposit", True), ("定期存入", True), ("savings account opened", True),
     ("deposit_calculator", False), ("view_deposit", False), ("deposit", False), ("开立定期存款", True),
     ("term_deposit_open", True), ("terminal_open", False)],
)  # fmt: skip
def test_what_opens_a_deposit_is_told_by_its_name(bank, name, opens):
    data = bank(events=[("ann", "2024-06-01", name)])
    with data.scope(date(2024, 6, 30)) as scope:
        if opens:
            assert outcome.read_outcome(scope, "").height == 1
        else:
            with pytest.raises(UserError, match="opens a deposit"):
                outcome.read_outcome(scope, "")


def test_windows_that_begin_before_the_days_read_are_left_out():
    life = Life(np.ones(3, int), np.array([100, 150, 200]), np.zeros(0, int))
    params = MineParams(exposure_days=30)
    assert len(outcome.lost_and_kept(life, 400, params).customer) == 1
    assert len(outcome.lost_and_kept(life, 400, params, 171).customer) == 0
