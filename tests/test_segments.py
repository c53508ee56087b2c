"""Segments on banks with planted groups: found by default, absent when shuffled, rules that hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from analytics.dataset import EVERYBODY, Dataset
from analytics.features import read
from analytics.segments import (
    SegmentsParams,
    SegmentsResult,
    choose,
    compute,
    drift,
    tables,
    transform,
)
from analytics.text import UserError
from sample_data.generate import write_bank
from tests.segment_truth import opened, way

SEEDS = (3, 17, 29)
CUSTOMERS = 700


@pytest.fixture(scope="module")
def planted(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[int], tuple[Dataset, dict[str, str], date, Path]]:
    """`planted(seed)` is an invented bank, its true segments, its last day and its files."""
    made = {}

    def make(seed: int) -> tuple[Dataset, dict[str, str], date, Path]:
        if seed not in made:
            folder = write_bank(
                tmp_path_factory.mktemp(f"bank{seed}"), CUSTOMERS, months=14, seed=seed
            )
            truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
            made[seed] = (opened(folder, tmp_path_factory.mktemp(f"data{seed}")), truth["segments"],
                          date.fromisoformat(truth["as_of"]), folder)  # fmt: skip
        return made[seed]

    return make


def agreement(result: SegmentsResult, truth: dict[str, str]) -> float:
    found = result.tables["assignment"]
    return adjusted_rand_score([truth[c] for c in found["customer_id"]], found["segment"].to_list())


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_segments_are_found_at_the_defaults(planted, seed):
    data, _, as_of, folder = planted(seed)
    found = compute(data, SegmentsParams(), as_of)
    said = way(folder, found.tables["assignment"])
    assert said.found >= 0.85
    assert said.share >= 0.8, said
    assert found.structure.found


@pytest.mark.parametrize("seed", SEEDS)
def test_no_structure_where_every_column_is_shuffled(planted, seed):
    data, _, as_of, _ = planted(seed)
    with data.scope(as_of) as scope:
        table = read(scope, EVERYBODY)
    values = table.matrix([one.key for one in table.features if one.behaviour])
    random = np.random.default_rng(seed)
    mixed = choose.shuffled(values, random)
    scaled = transform.fit(mixed, "yeo_johnson", 0.01, random).apply(mixed)
    criteria = choose.criteria(scaled, 8, 10, 0.03, seed)
    best = int(criteria.sort("bend", descending=True)["k"][0])
    assert not choose.structure(scaled, choose.chosen_k(criteria) or best, seed).found


@pytest.fixture(scope="module")
def found(planted) -> SegmentsResult:
    """One segmentation, compared with half a year earlier."""
    data, _, as_of, _ = planted(SEEDS[0])
    return compute(data, SegmentsParams(compare_days=60), as_of)


def test_the_sql_of_every_rule_gives_its_precision_and_recall(found):
    everybody = found.tables["feature_table"]
    for row in found.tables["segments"].iter_rows(named=True):
        taken = pl.SQLContext(feature_table=everybody).execute(
            f"SELECT segment FROM feature_table WHERE {row['rule_sql']}", eager=True)  # fmt: skip
        hits = taken.filter(segment=row["segment"]).height
        assert hits / taken.height == row["precision"]
        assert hits / row["customers"] == row["recall"]
        assert row["rule_sql"].count(" AND ") <= 2
        assert row["name"]
        assert row["name_zh"]


def test_rules_tell_the_planted_segments(found):
    assert found.tables["segments"]["precision"].min() > 0.8
    assert found.tables["segments"]["recall"].min() > 0.8


def test_everybody_is_in_one_segment_and_shares_add_up(found):
    assert found.tables["assignment"]["customer_id"].n_unique() == found.counts["customers"]
    assert found.tables["segments"]["share"].sum() == pytest.approx(1)
    assert found.tables["segments"]["customers"].is_sorted(descending=True)
    assert found.tables["projection"]["customers"].sum() == found.counts["customers"]


def test_moves_count_everybody_of_either_day(found):
    moves = found.tables["migration"]
    assert moves["customers"].sum() == found.earlier.moves.height
    now = moves.filter(pl.col("to_segment").is_not_null())["customers"].sum()
    assert now == found.counts["customers"]
    assert 0 <= found.earlier.moved_by_refit < 0.2


def test_a_sample_is_said_and_a_second_one_compared(planted):
    data, truth, as_of, _ = planted(SEEDS[0])
    result = compute(data, SegmentsParams(sample=300, k=6, resamples=2, k_max=3), as_of)
    assert result.counts["fitted_on"] == 300
    assert result.tables["samples"]["moved_share"].sum() == pytest.approx(0)
    assert "random sample of 300 customers" in __headline(result)
    assert agreement(result, truth) >= 0.85


def __headline(result: SegmentsResult) -> str:
    from analytics.segments.headline import headline

    return " ".join(text.en for text in headline(result))


@pytest.mark.parametrize("method", ["gmm", "ward", "hdbscan"])
def test_the_other_methods_find_them_too(planted, method):
    data, truth, as_of, _ = planted(SEEDS[0])
    result = compute(data, SegmentsParams(method=method, k=6, resamples=2, k_max=3), as_of)
    assert agreement(result, truth) >= 0.7


@pytest.mark.parametrize(("names", "sign"), [("one: x", "s1"), ("s1", "s1"), ("s1: ", "s1")])
def test_names_that_cannot_be_read_are_refused(names, sign):
    with pytest.raises(UserError) as refused:
        SegmentsParams(names=names)
    assert sign in refused.value.text.en


def test_own_names_replace_the_proposed_ones(planted):
    data, _, as_of, _ = planted(SEEDS[0])
    result = compute(
        data, SegmentsParams(names="s1: Savers；s2：储户", k=6, resamples=2, k_max=3), as_of
    )
    assert result.names["s1"].en == "Savers"
    assert result.names["s2"].zh == "储户"


def test_psi_and_matching_by_hand():
    # METHODS 1: .3/.4/.2/.1 against .25/.35/.25/.15 is .0472
    shares = np.array([0.3, 0.4, 0.2, 0.1]), np.array([0.25, 0.35, 0.25, 0.15])
    assert round(drift.psi(*shares), 4) == 0.0472
    one, two = np.array([0, 0, 1, 1, 2]), np.array([2, 2, 0, 0, 0])
    assert drift.share_moved(one, two) == 0.2  # only the fifth is placed differently
    assert drift.matched(one, np.array([1, 1, 2, 2, 0])).tolist() == one.tolist()


def test_tables_lead_with_the_assignment(found):
    assert next(iter(tables(found))) == "assignment"
    assert found.tables["assignment"].columns == ["customer_id", "segment"]
