"""Value: the published CDNOW expectation through the whole way, and the check against what came."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from analytics.lifecycle.answer import members
from analytics.value import ValueParams, compute, model
from tests.banks import build_bank

END, LAST = date(1997, 9, 30), date(1998, 6, 30)


@pytest.fixture(scope="module")
def cdnow(request, tmp_path_factory):
    rows = []
    for line in (
        request.getfixturevalue("shared_file")("cdnow/CDNOW_sample.txt").read_text().splitlines()
    ):
        _, customer, day, _, amount = line.split()
        rows.append((customer, f"{day[:4]}-{day[4:6]}-{day[6:]}", float(amount)))
    data = build_bank(tmp_path_factory.mktemp("cdnow"), transactions=rows)
    yield data
    data.close()


def test_cdnow_from_the_raw_log(cdnow):
    result = compute(cdnow, ValueParams(model="bg_nbd"), END)
    assert result.facts["fit"].parameters == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert result.facts["fit"].log_likelihood == pytest.approx(-9582.4, abs=0.1)
    assert result.counts["scored"] == 2357


def test_cdnow_check_against_the_next_39_weeks(cdnow):
    result = compute(cdnow, ValueParams(model="bg_nbd", horizon_days=273), LAST)
    check = result.frames["check"].select(pl.col("predicted_sum", "observed_sum").sum()).row(0)
    assert check[1] == pytest.approx(
        1882, abs=15
    )  # published: 1,882 repeats came, 1,653 expected by BG/NBD
    assert check[0] == pytest.approx(1653, rel=0.05)


def test_who_came_once_is_not_alive_for_certain_by_default(cdnow):
    once = compute(cdnow, ValueParams(), END).frames["value"].filter(pl.col("p_alive") > 0.9999)
    assert once.height < 100


def test_the_three_numbers_by_hand(bank):
    from analytics.dataset import EVERYBODY
    from analytics.lifecycle import days

    data = bank(transactions=[("ann", "2024-01-01", 1), ("ann", "2024-01-01", 5), ("ann", "2024-01-15", 1),
                              ("bob", "2024-01-29", 1)])  # fmt: skip
    with data.scope(date(2024, 1, 29)) as scope:
        found = model.history(days.read(scope, EVERYBODY), days.number(date(2024, 1, 29)))
    assert (found.frequency.tolist(), found.recency.tolist(), found.age.tolist()) == (
        [1.0],
        [2.0],
        [4.0],
    )


def test_expectations_stay_within_reason(cdnow):
    values = compute(cdnow, ValueParams(), END).frames["value"]
    assert values["p_return"].is_between(0, 1).all()
    assert (values["p_return"] <= values["p_alive"] + 1e-12).all()
    assert values["expected_days"].is_between(0, 365).all()
    assert np.isfinite(values["expected_value"].to_numpy()).all()


def test_tenths_lead_to_their_customers(cdnow):
    result = compute(cdnow, ValueParams(), END)
    for row in result.frames["tenths"].iter_rows(named=True):
        assert members(result, "tenths", {"tenth": row["tenth"]}).len() == row["customers"]
