"""The methods behind the anomalies view, against published and hand-made figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from analytics import holidays
from analytics.anomalies import benford, changes, models, scan, tails
from analytics.anomalies.params import KINDS, AnomalyParams
from analytics.anomalies.reasons import SENTENCES
from analytics.anomalies.result import compute
from analytics.dataset import EVERYBODY
from analytics.params import ParameterError

# Rosner's 54 values (NIST/SEMATECH handbook, generalised ESD).
ROSNER = [-0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65,
          1.69, 1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15, 2.23, 2.24,
          2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92, 2.92, 2.93, 3.21, 3.26, 3.30, 3.59,
          3.68, 4.30, 4.64, 5.34, 5.42, 6.01]  # fmt: skip
# Annual flow of the Nile at Aswan, 1871 to 1970 (Cobb 1978).
NILE = [1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799,
        958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916,
        692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698,
        845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742,
        801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901,
        1170, 912, 746, 919, 718, 714, 740]  # fmt: skip


# -- outliers ------------------------------------------------------------------------------------
def test_rosner_finds_three_outliers():
    found, limits, outliers = tails.extreme_deviates(np.array(ROSNER), 10)
    assert found[:4] == pytest.approx([3.119, 2.943, 3.179, 2.810], abs=0.002)
    assert limits[:3] == pytest.approx([3.159, 3.151, 3.144], abs=0.002)
    assert outliers == 3


def test_robust_z_on_rosner_flags_the_same_three():
    z = tails.robust_z(np.array(ROSNER))
    assert sorted(np.array(ROSNER)[np.abs(z) > 3.5]) == [5.34, 5.42, 6.01]


def test_mean_and_deviation_cannot_reach_three_among_ten():
    """max |z| = (n - 1) / sqrt(n) = 2.846 at n = 10, however far the one value lies."""
    values = np.array([0.0] * 9 + [5000.0])
    assert np.abs(values - values.mean()).max() / values.std(ddof=1) == pytest.approx(
        2.846, abs=0.001
    )
    assert tails.robust_z(values, floor=1.0).max() > 3.5


# -- change points -------------------------------------------------------------------------------
def test_the_nile_changed_in_1898():
    at, rss = changes.one_change(np.array(NILE, float))
    assert 1871 + at == 1899  # the first year of the new level; 1898 (the 28th) ends the old one
    assert at == 28
    assert rss == pytest.approx(1_597_457.19, abs=0.01)
    assert np.mean(NILE[:28]) == pytest.approx(1097.75)
    assert np.mean(NILE[28:]) == pytest.approx(849.97, abs=0.005)
    total = np.var(NILE) * 100
    assert (total - rss) / (rss / 98) == pytest.approx(75.93, abs=0.01)


def test_several_changes_and_none():
    noise = np.random.default_rng(8).normal(0, 0.1, 60)
    assert changes.change_points(np.repeat([0.0, 5.0, 1.0], 20) + noise) == [20, 40]
    assert changes.change_points(noise) == []
    assert changes.change_points(np.array([1.0, 2.0])) == []
    assert changes.change_points(np.array(NILE, float), sigma=125.0) == [28]


def test_many_series_at_once_change_where_each_changes_alone():
    drawn = np.random.default_rng(9).normal(0, 0.1, (40, 36))
    drawn[10:, 12:] += 1.0
    drawn[20:, 30:] -= 3.0
    sigma = np.array([changes.noise(row) for row in drawn])
    assert changes.many_change_points(drawn, sigma, 2) == [
        changes.change_points(row, s, 2) for row, s in zip(drawn, sigma, strict=True)
    ]


# -- first digits --------------------------------------------------------------------------------
def fibonacci(n: int) -> list[int]:
    found = [1, 1]
    while len(found) < n:
        found.append(found[-1] + found[-2])
    return found


@pytest.mark.parametrize(("numbers", "expected"), [
    ([2**k for k in range(1000)], [301, 176, 125, 97, 79, 69, 56, 52, 45]),
    (fibonacci(1000), [301, 177, 125, 96, 80, 67, 56, 53, 45]),
])  # fmt: skip
def test_first_digits_of_powers_and_fibonacci(numbers, expected):
    leading = np.array(
        [float(f"{str(n)[:12]}e0") for n in numbers]
    )  # a float holds no 2**999 exactly
    assert np.bincount(benford.first_digits(leading), minlength=10)[1:].tolist() == expected


def test_one_digit_one_point_high_is_still_close_conformity():
    """METHODS: n = 100,000 with digit 5 one point high has a MAD of .0020 though chi-square rejects."""
    shares = benford.EXPECTED.copy()
    shares[4] += 0.01
    shares[[0, 1, 2, 3, 5, 6, 7, 8]] -= 0.01 / 8
    digits = np.repeat(np.arange(1, 10), np.round(shares * 100_000).astype(int))
    assert benford.deviation(digits) == pytest.approx(0.0022, abs=0.0003)
    assert benford.verdict(np.repeat([100.0], 1000)) == "unsuitable"


# -- models --------------------------------------------------------------------------------------
def test_ecod_by_hand_with_ties():
    """1, 2, 2, 5: shares at most 1/4, 3/4, 3/4, 1; at least 1, 3/4, 3/4, 1/4; skewed to the right."""
    scores, parts = models.ecod(np.array([[1.0], [2.0], [2.0], [5.0]]))
    expected = [np.log(4), np.log(4 / 3), np.log(4 / 3), np.log(4)]
    assert scores == pytest.approx(expected)
    assert parts[:, 0] == pytest.approx(expected)


def test_ecod_of_two_features_adds_up():
    scores, parts = models.ecod(np.array([[1.0, 0], [2, 0], [2, 0], [5, 9]]))
    assert parts[:, 1] == pytest.approx([0.2877, 0.2877, 0.2877, 1.3863], abs=1e-4)
    assert scores == pytest.approx(parts.sum(axis=1))


def test_the_far_one_is_first_for_every_model():
    values = np.random.default_rng(3).normal(size=(200, 4))
    values[17] = 9.0
    assert models.ecod(values)[0].argmax() == 17
    assert models.neighbours(values, 3).argmax() == 17


# -- tails ---------------------------------------------------------------------------------------
def test_an_exponential_tail_is_recovered():
    drawn = np.random.default_rng(5).exponential(2.0, size=200_000)
    tail = tails.fit(drawn)
    assert tail.scale == pytest.approx(2.0, rel=0.08)
    assert float(tail(20.0)) == pytest.approx(np.exp(-10), rel=0.6)
    assert float(tail(1.0)) == pytest.approx(np.exp(-0.5), abs=0.01)


def test_tails_of_counts_by_hand():
    """Shape 1, rate 1: P(N >= k) = 2**-k; beta(1, 1) of two: each of 0, 1, 2 has a third."""
    assert tails.count_tail(np.array([0, 1, 3]), 1.0, 1.0) == pytest.approx([1, 0.5, 0.125])
    assert tails.share_tail(np.array([1, 2]), 2, 1.0, 1.0) == pytest.approx([2 / 3, 1 / 3])


# -- the calendar --------------------------------------------------------------------------------
@pytest.mark.parametrize(("day", "slot"), [
    (date(2024, 2, 8), 8),  # a Thursday before a working Friday
    (date(2024, 2, 9), 17),  # the eve of the festival: until the adjusted working Sunday, the 18th
    (date(2025, 1, 27), 31),  # the last working day before the festival of 2025
    (date(2023, 9, 28), 31),  # mid-autumn and national day join: all that was due by the end of the month
    (date(1993, 7, 9), 11),  # an ordinary Friday, outside the years covered
])  # fmt: skip
def test_payday_slots(day, slot):
    assert holidays.payday_slot(day) == slot


# -- words and parameters ------------------------------------------------------------------------
def test_every_kind_has_its_sentence():
    assert SENTENCES.keys() == KINDS.keys()
    assert not any("fraud" in text.en.lower() or "欺诈" in text.zh for text in SENTENCES.values())


def test_no_rule_is_refused():
    with pytest.raises(ParameterError):
        AnomalyParams(kinds=())


# -- one customer, by hand -----------------------------------------------------------------------
START = datetime(2024, 1, 1, 10)


def quiet(who: str, n: int = 40) -> list[tuple[str, datetime, float, str]]:
    """Payments of 90 to 110 every fourth day."""
    return [
        (who, START + timedelta(days=4 * i), -100.0 + (i % 5) * 5 - 10, "transfer")
        for i in range(n)
    ]


def kinds_of(data, **params) -> set[str]:
    found = compute(data, AnomalyParams(**params), date(2024, 12, 31)).flags
    return set(found.filter(pl.col("kind") != "profile")["kind"])


def test_a_quiet_customer_has_no_flag(bank):
    assert kinds_of(bank(transactions=quiet("ann"))) == set()


def test_a_large_amount_says_below_what_it_would_not_be_flagged(bank):
    data = bank(
        transactions=[*quiet("ann"), ("ann", datetime(2024, 5, 5, 12), -2000.0, "transfer")]
    )
    found = compute(data, AnomalyParams(), date(2024, 12, 31)).flags.filter(
        pl.col("kind") == "large_amount"
    )
    assert found["limit"].to_list() == pytest.approx([3 * found["usual"][0]])
    assert found["usual"][0] == pytest.approx(110)
    assert "not flagged below 330.00" in found["reason"][0]
    assert "低于 330.00 则不提示" in found["reason_zh"][0]


def test_interest_and_moves_between_own_accounts_are_no_behaviour(bank):
    rows = [{"customer_id": w, "happened_at": t, "amount": a, "kind": k, "account_id": "A1"}
            for w, t, a, k in quiet("ann")]  # fmt: skip
    when = datetime(2024, 5, 5, 12)
    rows += [{"customer_id": "ann", "happened_at": when, "amount": s * 9000.0, "kind": "transfer", "account_id": a}
             for s, a in ((-1, "A1"), (1, "A2"))]  # fmt: skip
    rows.append(
        {
            "customer_id": "ann",
            "happened_at": when,
            "amount": 9000.0,
            "kind": "interest",
            "account_id": "A1",
        }
    )
    accounts = [("A1", "ann"), ("A2", "ann")]
    assert kinds_of(bank(transactions=rows, accounts=accounts)) == set()


def test_capacity_keeps_the_strongest_of_a_day(bank):
    day = datetime(2024, 5, 5, 12)
    rows = [
        *quiet("ann"),
        *quiet("bob"),
        ("ann", day, -2000.0, "transfer"),
        ("bob", day, -9000.0, "transfer"),
    ]
    one = compute(
        bank(transactions=rows), AnomalyParams(capacity=1, profiles=0.0), date(2024, 12, 31)
    )
    assert one.cases["customer_id"].to_list() == ["bob"]
    assert one.counts["cases_over_capacity"] == 1


def test_round_trips_are_those_of_a_graph_library(bank):
    """Five transfers, two of which close: ann > bob > ann and ann > cat > dan > ann."""
    pairs = [
        ("ann", "bob", 1000),
        ("bob", "ann", 980),
        ("ann", "cat", 500),
        ("cat", "dan", 495),
        ("dan", "ann", 490),
    ]
    rows = [{"customer_id": a, "happened_at": START + timedelta(hours=i), "amount": -x, "counterparty": f"A{b}"}
            for i, (a, b, x) in enumerate(pairs)]  # fmt: skip
    accounts = [(f"A{who}", who) for who in ("ann", "bob", "cat", "dan")]
    data = bank(transactions=rows, accounts=accounts)
    networkx = pytest.importorskip("networkx")
    graph = networkx.DiGraph([(a, b) for a, b, _ in pairs])
    cycles = {frozenset(c) for c in networkx.simple_cycles(graph, length_bound=4)}
    from analytics.anomalies import paths

    names = data.query("SELECT customer_id FROM customers ORDER BY customer_key")["customer_id"]
    with data.scope(date(2024, 12, 31)) as scope:
        found, transfers, _ = paths.trips(scope, 5, 0.9)
    trips = found.group_by("trip").agg("payer")["payer"].to_list()
    assert transfers == 5
    assert {frozenset(names[p] for p in trip) for trip in trips} == cycles


def test_a_slider_repeats_no_reading(bank):
    data = bank(transactions=quiet("ann"))
    with data.scope(date(2024, 12, 31)) as scope:
        first = scan.ground(scope, EVERYBODY)
        assert scan.ground(scope, EVERYBODY) is first
