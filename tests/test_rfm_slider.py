"""What makes a slider of the RFM page quick must not change a figure or a picture."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest

from analytics.drawing import specification, with_rows
from analytics.rfm import ANALYSES, RfmParams, compute, history, tables
from analytics.text import LANGS
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


def drawing(made: dict[str, Any]) -> str:
    """A chart without its rows and words; altair's names of views hold a hash of the rows."""
    rest = {k: v for k, v in made.items() if k not in ("datasets", "description")}
    return re.sub(r"view_[0-9a-f]+_\d", "view", json.dumps(rest))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("spec", ANALYSES["rfm"].charts, ids=lambda spec: spec.key)
def test_a_chart_of_the_same_shape_differs_in_its_rows_only(bank, spec, lang):
    data = bank(**contract_tables())
    found = [compute(data, RfmParams(lookback_days=n, by="region"), AS_OF) for n in (365, 300)]
    made = [specification(partial(spec.build, result, lang)) for result in found]
    for result, drawn in zip(found, made, strict=True):
        sent = with_rows(made[0], spec.rows(result, lang))
        assert sent is not None
        assert {k: v.to_dicts() for k, v in sent["datasets"].items()} == drawn["datasets"]
    if spec.shape(found[0]) == spec.shape(found[1]):
        assert drawing(made[0]) == drawing(made[1])
