"""Days of campaigns in charts over months."""

from __future__ import annotations

from datetime import date

import pytest

from analytics.marks import Mark, campaigns, with_marks

SPEC = {"mark": "bar", "encoding": {"x": {"field": "month", "type": "ordinal"}}, "data": {"name": "d"},
        "datasets": {"d": [{"month": "2024-03-31"}, {"month": "2024-04-30"}]}}  # fmt: skip
SPRING = (Mark(day=date(2024, 4, 1), label="spring"),)


def test_a_campaign_is_marked_on_its_first_day(bank):
    data = bank(customers=["a"], contacts=[("spring", "a", "2024-04-01"), ("spring", "b", "2024-04-09"),
                                           ("later", "a", "2024-08-01")])  # fmt: skip
    assert campaigns(data, date(2024, 6, 30)) == SPRING


def test_an_extract_without_campaigns_has_no_marks(bank):
    assert campaigns(bank(customers=["a"]), date(2024, 6, 30)) == ()


def test_a_mark_stands_in_its_month():
    marked = with_marks(SPEC, SPRING)
    assert marked["datasets"]["marks"] == [{"month": "2024-04-30", "marked": "spring"}]
    assert marked["layer"][0]["mark"] == "bar"
    assert len(marked["layer"]) == 3


@pytest.mark.parametrize(
    "rows", [[], [{"month": "North"}], [{"month": "2023-04-30"}], [{"other": 1}]]
)
def test_a_chart_without_these_months_stays_as_it_is(rows):
    spec = {**SPEC, "datasets": {"d": rows}}
    assert with_marks(spec, SPRING) == spec
