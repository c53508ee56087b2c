"""The planted anomalies of the invented bank on three seeds: found, ranked first, look-alikes not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analytics.anomalies import amounts, clusters, paths, scan
from analytics.anomalies.ledger import Ledger
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import EVERYBODY
from tests.anomaly_bank import Marks, by_chance, explained, marked, pooled
from tests.life_bank import life_bank

SEEDS, CUSTOMERS = (41, 42, 43), 1400
PLAIN_SEEDS = (44, 46, 47)
FESTIVAL = ("2023-01", "2024-02", "2025-01")
BESIDE = ("2023-02", "2023-03", "2024-01", "2024-03", "2024-12", "2025-02")


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> list[Marks]:
    return [marked(tmp_path_factory.mktemp(f"bank{seed}"), CUSTOMERS, seed) for seed in SEEDS]


def test_precision_at_the_planted_number(banks):
    for one in banks:
        first = set(one.result.cases.head(len(one.planted)).select("customer_id", "day").rows())
        assert len(first & one.planted) / len(one.planted) >= 0.6


def test_unusual_customers_come_within_the_first_two_percent(banks):
    for one in banks:
        ranked = one.result.cases.unique("customer_id", keep="first", maintain_order=True)
        first = set(ranked["customer_id"].head(round(0.02 * CUSTOMERS)))
        assert len(first & one.unusual) / len(one.unusual) >= 0.75


def test_every_kind_is_found_by_its_own_rule(banks):
    planted, found = {}, {}
    for one in banks:
        flagged = set(one.result.flags.select("customer_id", "day", "kind").rows())
        for row in one.kinds:
            planted[row[2]] = planted.get(row[2], 0) + 1
            found[row[2]] = found.get(row[2], 0) + (row in flagged)
    assert len(planted) == 9
    assert min(found[kind] / n for kind, n in planted.items()) >= 0.6, (found, planted)


def test_lookalikes_stay_out_of_the_first_percent(banks):
    for one in banks:
        ranked = one.result.cases.unique("customer_id", keep="first", maintain_order=True)
        assert not one.innocent & set(ranked["customer_id"].head(round(0.01 * CUSTOMERS)))


def test_the_festival_month_brings_no_more_than_its_neighbours(banks):
    """Spring Festivals of 2023 (22 January), 2024 (10 February) and 2025 (29 January)."""
    months = (
        pl.concat([one.result.months for one in banks]).group_by("month").agg(pl.col("cases").sum())
    )
    count = dict(months.iter_rows())
    festival = [count.get(m, 0) for m in FESTIVAL]
    beside = [count.get(m, 0) for m in BESIDE]
    assert stats.poisson.sf(sum(festival) - 1, max(sum(beside) / 2, 1)) > 0.01, (festival, beside)


def test_no_bank_alone_has_more_in_its_festival_months(banks):
    """Of customers in whom nothing was planted: one planted round trip alone makes eight cases."""
    for one in banks:
        others = one.result.cases.filter(~pl.col("customer_id").is_in(one.unusual))
        count = dict(others.group_by(pl.col("day").dt.strftime("%Y-%m")).len().iter_rows())
        festival, beside = (sum(count.get(m, 0) for m in months) for months in (FESTIVAL, BESIDE))
        assert stats.poisson.sf(festival - 1, max(beside / 2, 1)) > 0.01, (festival, beside)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    """Per seed what every rule found and what chance would give, on a bank without anomalies."""
    return [by_chance(tmp_path_factory.mktemp(f"plain{seed}"), CUSTOMERS, seed) for seed in PLAIN_SEEDS]  # fmt: skip


def test_without_anomalies_every_seed_agrees_with_chance(plain):
    for one in plain:
        assert one.height >= 7
        assert explained(one).min() >= 0.01, one.with_columns(p=explained(one))


def test_without_anomalies_all_seeds_together_agree_with_chance(plain):
    rules = pooled(plain)
    assert explained(rules).min() >= 0.05, rules.with_columns(p=explained(rules))
    expected = dict(rules.select("kind", "by_chance").iter_rows())
    assert expected["large_amount"] > 20  # enough that half or twice as many would be told apart


# -- counterfactuals -----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> tuple[scan.Ground, pl.DataFrame]:
    """What the rules stand on in one bank with anomalies, and its new devices."""
    data, _ = life_bank(tmp_path_factory.mktemp("frozen"), 800, 45)
    with data.scope(data.default_as_of) as scope:
        found = scan.ground(scope, EVERYBODY), amounts.devices(scope)
    data.close()
    return found


@pytest.fixture(scope="module")
def base(frozen: tuple[scan.Ground, pl.DataFrame]) -> scan.Ground:
    return frozen[0]


@pytest.mark.parametrize("kind", ["large_amount", "dormant_then_large", "new_device_then_large"])
def test_an_amount_under_its_limit_is_not_flagged(frozen, kind):
    (base, devices), params = frozen, AnomalyParams()

    def flags(book: Ledger) -> pl.DataFrame:
        sizes = replace(base.sizes, excess=book.excess(), seasonal={})
        found = {
            "large_amount": lambda: amounts.large(book, sizes, params),
            "dormant_then_large": lambda: amounts.after_silence(book, sizes, params),
            "new_device_then_large": lambda: amounts.after_device(book, sizes, devices, params),
        }
        return found[kind]().flags

    book, found = base.ledger, flags(base.ledger)
    assert found.height
    for row in found.iter_rows(named=True):
        at = np.flatnonzero((book.customer == row["customer_key"]) & (book.second == row["second"])
                            & (book.amount == row["amount"]))  # fmt: skip
        changed = book.amount.copy()
        changed[at] = np.sign(row["amount"]) * (row["limit"] - 0.01)
        again = flags(replace(book, amount=changed))
        assert again.filter((pl.col("customer_key") == row["customer_key"])
                            & (pl.col("second") == row["second"])).is_empty()  # fmt: skip


def test_a_burst_with_the_allowed_payments_is_not_flagged(base):
    from analytics.anomalies import burst

    params = AnomalyParams()
    flags = burst.burst(base.ledger, base.pace, params).flags
    assert flags.height
    for (_,), one in flags.group_by("incident"):
        first = one.sort("second").row(0, named=True)
        payment = int(np.flatnonzero((base.ledger.customer[base.pace.out] == first["customer_key"])
                                     & (base.ledger.second[base.pace.out] == first["second"]))[0])  # fmt: skip
        window = next(w for w in base.pace.windows if w.hours == first["window_h"])
        assert not burst.flagged(base.pace, payment, window, int(first["limit"]), params)
        assert burst.flagged(base.pace, payment, window, int(first["limit"]) + 1, params)


def test_less_leaving_than_the_limit_is_no_passing_on(base):
    params = AnomalyParams()
    flags = paths.in_and_out(base.ledger, paths.through(base.ledger), params).flags
    assert flags.height
    book = base.ledger
    for (_,), one in flags.group_by("incident"):
        row = one.row(0, named=True)
        inside = (book.customer == row["customer_key"]) & (book.second >= one["second"].min()) & (
            book.second <= one["second"].max())  # fmt: skip
        out = inside & (book.amount < 0)
        left = -book.amount[out].sum()
        changed = book.amount.copy()
        changed[out] *= (row["limit"] - 0.01) / left
        other = replace(book, amount=changed)
        again = paths.in_and_out(other, paths.through(other), params).flags
        hit = again.filter((pl.col("customer_key") == row["customer_key"])
                           & pl.col("second").is_in(one["second"].implode()))  # fmt: skip
        assert hit.is_empty()


def test_a_night_with_the_allowed_movements_is_not_flagged(base):
    params = AnomalyParams()
    flags = clusters.night(
        base.ledger, clusters.nights(base.ledger, params.night_until), params
    ).flags
    assert flags.height
    book = base.ledger
    for (_,), one in flags.group_by("incident"):
        row = one.row(0, named=True)
        move = one.sort("second")["second"].to_list()[int(row["limit"]) :]
        changed = book.second.copy()
        at = (book.customer == row["customer_key"]) & np.isin(book.second, move)
        changed[at] = changed[at] // 86_400 * 86_400 + 12 * 3_600
        other = replace(book, second=changed)
        again = clusters.night(other, clusters.nights(other, params.night_until), params).flags
        assert again.filter((pl.col("customer_key") == row["customer_key"])
                            & pl.col("second").is_in(one["second"].implode())).is_empty()  # fmt: skip
