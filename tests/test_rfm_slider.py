"""What makes a slider of the RFM page quick must not change a figure (pictures: `test_chart_rows`)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from analytics.rfm import RfmParams, compute, history, tables
from tests.contract_bank import AS_OF
from tests.contract_bank import tables as contract_tables

WAYS = [
    {"lookback_days": 1}, {"lookback_days": 30}, {"lookback_days": None}, {"basis": "net"},
    {"kinds": ("salary",)}, {"by": "region", "lookback_days": 200}, {"cuts": "fixed"},
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_days_in_memory_and_a_window_read_by_itself_agree(bank, monkeypatch, way):
    """Two roads to the same figures: all days kept, and a bank with too many of them."""
    data = bank(**contract_tables())
    compute(data, RfmParams(), AS_OF)  # the days are kept from here on
    quick = compute(data, RfmParams(**way), AS_OF)
    monkeypatch.setattr(history, "MOST_TRANSACTIONS", 0)
    alone = compute(data, RfmParams(**way), AS_OF)
    assert quick.counts == alone.counts
    assert quick.kinds == alone.kinds
    for name, frame in tables(quick).items():
        assert frame.equals(tables(alone)[name]), name


def test_a_window_is_the_difference_of_two_totals():
    """By hand: a day that does not count (a refund), an amount unknown, a second customer."""
    first, fifth, ninth = (date(2024, 1, n) for n in (1, 5, 9))
    rows = [(1, first, first, "1.5"), (1, fifth, None, "-2"), (1, ninth, ninth, None),
            (2, fifth, fifth, "7")]  # fmt: skip
    days = history.Totals(pl.DataFrame([(*row[:3], row[3] and Decimal(row[3])) for row in rows], orient="row", schema={
        "customer_key": pl.Int32, "day": pl.Date, "active_day": pl.Date, "value": pl.Decimal(38, 4)}))  # fmt: skip
    assert days.window(first).rows() == [(1, 2, ninth, Decimal("-0.5")), (2, 1, fifth, Decimal(7))]
    assert days.window(fifth).rows() == [(1, 1, ninth, Decimal(-2)), (2, 1, fifth, Decimal(7))]
    assert days.window(ninth).rows() == [(1, 1, ninth, Decimal(0))]
    assert days.window(date(2024, 2, 1)).is_empty()
