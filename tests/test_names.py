"""Names on axes and in legends are drawn whole, in lines that fit: read back from the drawn picture."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import altair as alt
import polars as pl
import pytest
import vl_convert

from analytics import style
from analytics.drawing import specification
from analytics.legible import PAGE, Room, whole
from analytics.names import even, letters
from analytics.names import lines as broken_into

LONG = [
    "Term deposit customers of the north-eastern branches with a salary account, active before noon",
    "rate_comparison > autopay_cancel > limit_raise > payee_added > statement_export_by_post",
    "s4 “商户收款”交易多、常用“网点”渠道、大额转账多且资金停留短，上月活跃天数多、入账居多",
    "东北地区各营业网点代发工资客户（含已退休人员及其共同账户持有人）与理财产品持有人",
    "W" + "wide" * 20,
    "Short",
]


def drawn(encoding: dict, height: int = 320, room: Room = PAGE, joined: bool = False) -> str:
    """The picture of a bar chart over the long names, as SVG."""
    rows = pl.DataFrame({"name": LONG, "n": range(1, len(LONG) + 1)})
    spec = specification(lambda: style.framed(
        alt.Chart(style.values(rows)).mark_bar().encode(**encoding), "Title", "words", height=height))  # fmt: skip
    spec = {**spec, "width": 500}
    if joined:
        rest = {name: spec.pop(name) for name in ("datasets", "$schema", "config")}
        spec = {**rest, "vconcat": [spec, {"data": {"values": [{}]}, "mark": "point"}]}
    return vl_convert.vegalite_to_svg(whole(spec, room))


def lines_of(svg: str) -> list[list[str]]:
    """Every text of a picture, as its lines."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)
    return [[html.unescape(part) for part in re.findall(r">([^<]+)</tspan>", text)] or [html.unescape(text)]
            for text in texts]  # fmt: skip


def plain(words: str) -> str:
    return words.replace(" ", "")


WAYS = {
    "beside bars": {"y": alt.Y("name:N"), "x": "n:Q"},
    "below columns, upright": {"x": alt.X("name:N"), "y": "n:Q"},
    "below columns, level": {"x": alt.X("name:N").axis(labelAngle=0), "y": "n:Q"},
    "below columns, slanted": {"x": alt.X("name:N").axis(labelAngle=-30, labelLimit=90), "y": "n:Q"},
    "in the legend": {"x": "n:Q", "y": "n:Q", "color": "name:N"},
}  # fmt: skip


@pytest.mark.parametrize("joined", [False, True], ids=["alone", "in a drawing of two"])
@pytest.mark.parametrize("way", WAYS)
def test_every_name_is_whole(way, joined):
    found = lines_of(drawn(WAYS[way], joined=joined))
    assert {plain(name) for name in LONG} <= {plain("".join(lines)) for lines in found}
    assert not any("…" in line for lines in found for line in lines)


def test_no_line_begins_with_what_closes_nor_ends_with_what_opens():
    for lines in lines_of(drawn(WAYS["beside bars"])):
        for before, after in pairwise(lines):
            assert before[-1] not in "（“", lines
            assert after[0] not in "，。、）”", lines


def test_words_stay_whole_where_they_fit_a_line():
    lines = next(one for one in lines_of(drawn(WAYS["beside bars"])) if one[0].startswith("Term"))
    assert [word for line in lines for word in line.split()] == LONG[0].split()


@pytest.mark.parametrize("name", [*LONG, *("网" * n for n in (16, 17, 18, 35)), *("w" * n for n in (16, 18, 34, 35)),
                                  "网点" * 4 + " counter" * 2, "网点" * 4 + " counter" * 4])  # fmt: skip
def test_the_picture_breaks_names_as_python_does(name):
    """The rule stands twice; at its edges, where a line of 34 letters is just full, both must agree."""
    rows = pl.DataFrame({"name": [name], "n": [1]})
    spec = specification(lambda: alt.Chart(style.values(rows)).mark_bar().encode(**WAYS["beside bars"]))  # fmt: skip
    found = lines_of(vl_convert.vegalite_to_svg(whole({**spec, "width": 500, "height": 320})))
    assert broken_into(name, even(name, PAGE.letters)) in found


@pytest.mark.parametrize("name", LONG)
def test_lines_beside_bars_are_even_and_no_longer_than_the_room(name):
    lines = next(one for one in lines_of(drawn(WAYS["beside bars"])) if plain("".join(one)) == plain(name))  # fmt: skip
    assert max(map(letters, lines)) <= PAGE.letters + 10


@pytest.mark.parametrize(("height", "grows"), [(80, True), (600, False)])
def test_a_low_chart_grows_until_no_name_covers_another(height, grows):
    svg = drawn(WAYS["beside bars"], height)
    places = []
    for x, y, text in re.findall(r'<text[^>]*translate\(([-\d.]+),([-\d.]+)\)[^>]*>(.*?)</text>', svg, re.S):  # fmt: skip
        if float(x) < 0 and (n := text.count("<tspan") or 1) and plain(re.sub(r"<[^>]+>", "", html.unescape(text))) in set(map(plain, LONG)):  # fmt: skip
            places.append((float(y), float(y) + n * PAGE.line))
    places.sort()
    assert len(places) == len(LONG)
    assert all(one[1] <= other[0] + 4 for one, other in pairwise(places)), places
    assert (max(end for _, end in places) > height) == grows


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
@pytest.mark.parametrize("way", WAYS)
def test_other_names_in_the_rows_change_nothing_in_the_specification(way, kind):
    """The browser makes a new chart of a new specification, and a moved slider brings new names."""

    def sent(name: str) -> dict:
        rows = pl.DataFrame({"name": pl.Series([name, "b"], dtype=kind), "n": [1, 2]})
        spec = specification(lambda: alt.Chart(style.values(rows)).mark_bar().encode(**WAYS[way]))
        return whole({**spec, "datasets": dict.fromkeys(spec["datasets"], rows)})["encoding"]

    assert sent("网点" * 5) == sent("Often by counter " * 3)
    assert "labelExpr" in str(sent("a"))


@pytest.mark.parametrize("way", WAYS)
def test_a_chart_without_rows_is_drawn_too(way):
    """A list that a setting emptied."""
    rows = pl.DataFrame(schema={"name": pl.String, "n": pl.Int64})
    spec = specification(lambda: alt.Chart(style.values(rows)).mark_bar().encode(**WAYS[way]))
    sent = whole({**spec, "datasets": dict.fromkeys(spec["datasets"], rows)})
    assert sent["encoding"].keys() == spec["encoding"].keys()


def test_what_is_no_name_stays_as_it_was():
    rows = [{"month": "2024-01-01", "n": 1, "k": 3}]
    chart = alt.Chart(style.values(rows)).mark_bar().encode(
        alt.X("month:T"), alt.Y("n:Q"), alt.Color("k:Q"), alt.Shape("month:O", timeUnit="month"))  # fmt: skip
    spec = specification(lambda: chart)
    assert whole(spec) == spec


def test_a_chart_that_words_its_labels_itself_keeps_them():
    axis = {"labelExpr": "upper(datum.label)"}
    spec = specification(lambda: alt.Chart(style.values([{"a": "x"}])).mark_bar().encode(alt.Y("a:N", axis=axis)))  # fmt: skip
    assert whole(spec)["encoding"]["y"]["axis"] == axis


def test_a_short_name_of_a_column_is_drawn_without_a_question_for_the_size():
    """Each such question makes the browser lay out the page; "s12" needs no answer."""
    spec = specification(lambda: alt.Chart(style.values([{"name": "s12", "n": 1}])).mark_bar().encode(
        **WAYS["below columns, level"]))  # fmt: skip
    label = whole(spec)["encoding"]["x"]["axis"]["labelExpr"]
    assert label.startswith("(2 * length(datum.label) <= 8 ? [datum.label] : ")
    assert "containerSize()" in label
