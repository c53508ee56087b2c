"""What makes a slider of the RFM page quick must not change a figure (pictures: `test_chart_rows`)."""

from __future__ import annotations

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
