"""What a person can edit of RFM: the segment map, the cut-offs and the kinds."""

from __future__ import annotations

import pytest

from analytics.params import ParameterError
from analytics.rfm import RfmParams, compute
from analytics.rfm.segment_map import parse, title
from tests.test_rfm import AS_OF, TEN_ROWS


@pytest.fixture
def ten(bank):
    """The ten rows of test_rfm.py: ann 5 4 3, bob 4 4 5, cyd 4 2 2, dan 2 2 5, eve 1 5 2."""
    return bank(transactions=TEN_ROWS)


@pytest.mark.parametrize(("text", "scores", "ranges"), [
    ("a: R+ F- M3", 5, {"r": (4, 5), "f": (1, 3), "m": (3, 3)}),
    ("a: R+ F-", 4, {"r": (3, 4), "f": (1, 2)}),  # an even number: the halves
    ("a：R2-9", 10, {"r": (2, 9)}),
    ("a:", 5, {}),
])  # fmt: skip
def test_map_reads(text, scores, ranges):
    assert parse(text, scores)[0].ranges == ranges


@pytest.mark.parametrize("text", ["", "a", ": R1", "a: R9", "a: R3-2", "a: R0", "a: X1", "a: R1 R2",
                                  "a: R1; a: F1"])  # fmt: skip
def test_map_refuses(text):
    with pytest.raises(ParameterError, match="Segment map: found") as error:
        RfmParams(segments=text)
    assert "分群规则" in error.value.text.zh


def test_first_rule_wins_and_the_rest_is_other(ten):
    result = compute(ten, RfmParams(segments="best: R5; good: R4-5 F4"), AS_OF)
    assert dict(result.rfm.select("customer_id", "segment").iter_rows()) == {
        "ann": "best", "bob": "good", "cyd": "other", "dan": "other", "eve": "other"}  # fmt: skip
    assert result.segments["segment"].to_list() == ["best", "good", "other"]
    assert title("best") == ("best", "best")


@pytest.mark.parametrize(("name", "words"), [("recency_cuts", "1,2"), ("frequency_cuts", "4,3,2,1"),
                                             ("monetary_cuts", "a,b,c,d")])  # fmt: skip
def test_unusable_cut_offs_are_refused(name, words):
    with pytest.raises(ParameterError, match=f"{name}: expected 4 rising numbers"):
        RfmParams(cuts="fixed", **{name: words})


def test_no_kind_at_all_is_refused():
    with pytest.raises(ParameterError, match="at least one kind"):
        RfmParams(kinds=())
