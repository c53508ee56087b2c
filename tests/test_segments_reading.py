"""Which features count, who stands apart, what a segment is called, and other settings beside these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.dataset import Dataset
from analytics.features import CATALOGUE
from analytics.features.phrases import phrase
from analytics.ingest.examine import examine
from analytics.ingest.pipeline import import_plans
from analytics.segments import SegmentsParams, SegmentsResult, compute, members, profile, selection
from analytics.segments.headline import headline
from analytics.segments.rule import Condition, written
from analytics.text import UserError
from tests.banks import build_bank
from tests.contract import in_both

AS_OF = date(2024, 6, 30)
QUICK = {"k_max": 5, "resamples": 5}
FEATURES = {one.key: one for one in CATALOGUE}


# -- the features that count ---------------------------------------------------------------------
@pytest.mark.parametrize(("values", "flat"), [
    ([0] * 97 + [1] * 3, False),  # 3 % differ: enough for the smallest segment
    ([0] * 98 + [1] * 2, True),
    ([5] * 100, True),
    (range(100), False),
])  # fmt: skip
def test_a_feature_in_which_nearly_nobody_differs_is_flat(values, flat):
    assert selection.flat(np.array([values], dtype=float).T, 0.03).tolist() == [flat]


def test_a_repeated_feature_is_left_out_with_the_one_it_repeats():
    random = np.random.default_rng(0)
    one, two = random.normal(size=(2, 200))
    scaled = np.column_stack([one, two, -one + random.normal(scale=0.1, size=200)])
    kept = selection.select(["a", "b", "c"], scaled, np.ones(3, bool), by_hand=False)
    assert kept.keys == ("a", "b")
    assert kept.why.filter(feature="c").row(0) == ("c", "same_as_another", "a")
    assert selection.select(["a", "b", "c"], scaled, np.ones(3, bool), by_hand=True).keys == (
        "a",
        "b",
        "c",
    )


# -- words ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("key", "value", "en", "zh"), [
    ("active_days", 12.0, "Active days at least 12", "活跃天数不低于12"),
    ("typical_gap_days", 36.0, "Typical gap at least 36 days", "典型活跃间隔不低于36天"),
    ("balance", 74000.0, "Balance at least 74,000", "余额不低于7.40万"),
    ("weekend_share", 0.3, "Share at weekends at least 30%", "周末交易占比不低于30%"),
])  # fmt: skip
def test_a_condition_reads_as_a_person_would_write_it(key, value, en, zh):
    assert Condition(FEATURES[key], at_least=True, limit=value).said() == (en, zh)


def test_at_most_nothing_is_nothing():
    assert Condition(FEATURES["active_days"], at_least=False, limit=0).said().en == "Active days 0"
    assert written(FEATURES["active_months"], 1).en == "1 month"


def test_every_feature_has_words_for_more_and_less():
    for one in CATALOGUE:
        assert in_both(phrase(one).more), one.key
        assert in_both(phrase(one).less), one.key
        assert phrase(one).more != phrase(one).less, one.key


# -- a small bank of three habits and some who do nothing ----------------------------------------
@pytest.fixture(scope="module")
def small(tmp_path_factory) -> SegmentsResult:
    draw, rows, people = np.random.default_rng(1), [], []
    for number in range(160):
        one = f"c{number:03}"
        people.append({"customer_id": one, "opened_on": date(2020, 1, 1)})
        kind, amount = (("card", 20), ("cash", 300), ("transfer", 4000), (None, 0))[number % 4]
        for _ in range(0 if kind is None else int(draw.integers(6, 30))):
            when = AS_OF - timedelta(days=int(draw.integers(0, 300)))
            rows.append({"customer_id": one, "happened_at": when, "kind": kind,
                         "amount": -amount * float(draw.lognormal(0, 0.3))})  # fmt: skip
    data = build_bank(tmp_path_factory.mktemp("small"), customers=people, transactions=rows)
    found = compute(data, SegmentsParams(against="k=2", compare_days=30, **QUICK), AS_OF)
    data.close()
    return found


def test_who_does_nothing_stands_apart(small):
    idle = small.tables["segments"].filter(name="No activity").row(0, named=True)
    assert (idle["customers"], idle["precision"], idle["recall"]) == (40, 1, 1)
    assert idle["rule_sql"] == '"active_days" <= 0'
    assert small.k == 4
    assert "one of them the 40 without activity" in headline(small)[0].en


def test_a_segment_is_named_by_what_sets_it_apart(small):
    names = " ".join(small.tables["segments"]["name"])
    assert all(f"“{kind}”" in names for kind in ("card", "cash", "transfer")), names
    assert all(in_both(one) for one in small.names.values())
    for row in small.tables["segments"].iter_rows(named=True):
        assert "Rule: " in row["told"]
        assert "规则：" in row["told_zh"]


def test_other_settings_beside_these(small):
    other = small.other
    assert other.k == 2
    assert 0 < other.agreement < 1
    assert small.tables["comparison"]["customers"].sum() == 160
    row = small.tables["comparison"].row(0, named=True)
    assert len(members(small, "comparison", row)) == row["customers"]
    assert "with the other settings there are 2 segments" in headline(small)[2].en


def test_left_out_features_are_named_with_the_reason(small):
    told = small.tables["features"]
    assert set(told["status"]) == {"used", "hardly_varies", "same_as_another"}
    assert told.filter(status="same_as_another")["like"].null_count() == 0


# -- little to go by -----------------------------------------------------------------------------
def rows_of(customers: int, same: bool = False) -> list[tuple[str, str, float]]:
    return [(f"c{n:02}", f"2024-0{1 if same else 1 + n % 6}-0{1 if same else 1 + n % 9}", -5.0 if same else -5.0 * n - 1)
            for n in range(customers)]  # fmt: skip


@pytest.mark.parametrize(("customers", "same"), [(1, False), (5, False), (40, True), (40, False)])
@pytest.mark.parametrize("settings", [
    {}, {"k": 3}, {"features": ("balance", "turnover")}, {"cluster_on": "factors", "k": 2},
    {"cluster_on": "parts", "k": 2}, {"method": "hdbscan"}, {"compare_days": 30, "against": "k=2"},
])  # fmt: skip
def test_little_to_go_by_is_one_segment_or_some_and_never_an_error(bank, customers, same, settings):
    data = bank(transactions=rows_of(customers, same),
                balances=[{"customer_id": "c00", "balance_on": date(2024, 6, 1), "balance": 5.0}])  # fmt: skip
    found = compute(data, SegmentsParams(**settings, **QUICK), AS_OF)
    assert found.tables["assignment"].height == customers
    assert all(in_both(text) for text in headline(found))
    if customers <= 5 or same:
        assert found.k is None


# -- settings ------------------------------------------------------------------------------------
def test_other_settings_differ_only_in_what_is_named():
    other = SegmentsParams(against="k=4; transform=log", lookback_days=100).other()
    assert (other.k, other.transform, other.lookback_days, other.against) == (4, "log", 100, "")
    assert SegmentsParams().other() is None


@pytest.mark.parametrize("against", ["k", "size=3", "k=99", "against=x", "k=two"])
def test_other_settings_that_cannot_be_read_are_refused(against):
    with pytest.raises(UserError) as refused:
        SegmentsParams(against=against)
    assert in_both(refused.value.text)


# -- real extracts -------------------------------------------------------------------------------
def loaded(tmp_path: Path, files: dict[Path, str | None]) -> Dataset:
    plans = examine(list(files), tmp_path / "work", tables={p: t for p, t in files.items() if t})
    return Dataset(import_plans(plans, tmp_path / "dataset", "real", today=date(2026, 1, 1)).path)


def by_hand(found: SegmentsResult) -> None:
    """Every rule's SQL, run over the feature table, gives the stated precision and recall."""
    for row in found.tables["segments"].iter_rows(named=True):
        taken = pl.SQLContext(feature_table=found.tables["feature_table"]).execute(
            f"SELECT segment FROM feature_table WHERE {row['rule_sql']}", eager=True)  # fmt: skip
        hits = taken.filter(segment=row["segment"]).height
        assert hits / taken.height == row["precision"] >= 0.7
        assert hits / row["customers"] == row["recall"] >= 0.7


def test_berka_untuned(tmp_path, shared_file: Callable[[str], Path]):
    data = loaded(tmp_path, {
        shared_file("berka/trans_1993.asc"): "transactions", shared_file("berka/account.asc"): "accounts",
        shared_file("berka/client.asc"): "customers", shared_file("berka/disp.asc"): "bridge"})  # fmt: skip
    found = compute(data, SegmentsParams(), data.default_as_of)
    data.close()
    # 1,139 of the 5,369 clients own an account with a movement in 1993 (counted with csv)
    assert found.idle == 5369 - 1139
    assert 3 <= found.k <= 8
    by_hand(found)


def test_online_retail_untuned(tmp_path, shared_file: Callable[[str], Path]):
    data = loaded(tmp_path, {shared_file("online_retail/online_retail_to_2011-06.csv.gz"): None})
    found = compute(data, SegmentsParams(), data.default_as_of)
    data.close()
    assert 3 <= found.k <= 8
    by_hand(found)


# -- what is typical of a segment ----------------------------------------------------------------
@pytest.mark.parametrize("customers", [1, 7, 256, 1000])
def test_quartiles_and_means_are_those_of_numpy(customers):
    random = np.random.default_rng(customers)
    numbers = random.integers(-1, 4, customers)  # some are outliers
    frame = pl.DataFrame(
        {"a": random.normal(size=customers), "b": random.integers(0, 3, customers)}
    )
    none = pl.DataFrame(schema={"segment": pl.String, "feature": pl.String, "distance": pl.Float64})
    found = profile.profiles(numbers, profile.ordered(frame), profile.overall(frame), none)
    assert found.height == len(set(numbers)) * 2
    for row in found.iter_rows(named=True):
        own = frame[row["feature"]].to_numpy()[numbers == int(row["segment"][1:]) - 1]
        quartiles = row["lower_quartile"], row["median"], row["upper_quartile"]
        assert quartiles == pytest.approx(np.quantile(own, [0.25, 0.5, 0.75]), abs=1e-12)
        assert row["mean"] == pytest.approx(own.mean())


def test_a_figure_that_only_stands_in_for_none_is_not_told(small):
    """Who has no movement has no share at weekends; that they have 0 active days is a fact."""
    asleep = next(key for key, name in small.names.items() if name.en == "No activity")
    rows = small.tables["profiles"].filter(segment=asleep)
    medians = dict(rows.select("feature", "median").iter_rows())
    assert medians["active_days"] == 0
    assert medians["weekend_share"] is None
    assert rows.filter(feature="weekend_share")["distance"].to_list() == [None]
    told = small.tables["segments"].filter(segment=asleep)["told"][0]
    assert "weekends" not in told
    assert "all active" in told
    assert (
        small.tables["feature_table"].null_count().sum_horizontal().item() == 0
    )  # rules can use it
