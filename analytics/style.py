"""How charts look: palette, fonts, number axes in both languages, light and dark.

Colours of marks are fixed here and hold on white and on near-black (contrast at least 3 to 1 on
both), so one chart serves both themes on a page, where Streamlit colours text and axes. A file has
no page around it: `themed` then sets text, axes and background itself.

Charts only draw. Whatever a mark shows is a column of one of the result's tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import altair as alt
import polars as pl

from analytics.legible import PAGE, Room, whole
from analytics.text import Lang, Text

Theme = Literal["light", "dark"]

# Eight hues that stay apart for red-, green- and blue-blind readers: found by hill-climbing over
# simulated colour vision (Machado et al. 2009) from a readable start; tests hold the distances.
# .streamlit/config.toml repeats both palettes for the pages.
CATEGORICAL = ("#274CF1", "#E37813", "#05A97F", "#8B3DAE", "#897DFF", "#BC5700", "#9C4550", "#9174B5")  # fmt: skip
# For the ninth key and on; as readable, not as far apart. Beyond twelve keys are grey.
FURTHER = ("#0F8B9D", "#C2185B", "#6B8E23", "#A0722A")
MOST_COLOURS = len(CATEGORICAL) + len(FURTHER)
SEQUENTIAL = ("#DCEBF5", "#C0DAED", "#A3C9E4", "#82B5D9", "#63A0CE", "#468BC0", "#2E76AF", "#1A629C", "#114E82", "#0B3B66")  # fmt: skip
DIVERGING = ("#B35806", "#E08214", "#FDB863", "#D8D8D8", "#9CB8DC", "#4A7FBF", "#1F4E8C")
ACCENT, CONTRAST, NEUTRAL = "#2F7FC1", "#E37813", "#7D858D"
FONT = '"Inter", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
# A title beside long names would cross them.
ABOVE: dict[str, Any] = {"titleAngle": 0, "titleAlign": "right", "titleX": -6, "titleY": -8}
ROOM_FOR_LABELS = {
    "left": 5,
    "top": 5,
    "right": 52,
    "bottom": 5,
}  # beyond the end of the longest bar
FADED = 0.35  # opacity of a mark that is not picked
PICK = "pick"  # the name of every chart's selection: rows of the chart's table

_INK: Mapping[Theme, tuple[str, str, str]] = {  # text, lines, background
    "light": ("#26323D", "#C9D1D8", "#FFFFFF"),
    "dark": ("#E8EDF2", "#3A4652", "#10161D"),
}

# d3 has no 万 and 亿, and writes 1G for a billion: the axis labels are our own expressions.
_AXIS_LABEL: Mapping[Lang, str] = {
    "en": "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',.4~g') + 'bn' : "
          "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.4~g') + 'm' : format(datum.value, ',.6~g')",
    "zh": "abs(datum.value) >= 1e8 ? format(datum.value / 1e8, ',.4~g') + '亿' : "
          "abs(datum.value) >= 1e4 ? format(datum.value / 1e4, ',.4~g') + '万' : format(datum.value, ',.6~g')",
}  # fmt: skip


def number_axis(lang: Lang) -> dict[str, Any]:
    """Axis options for counts and money: 1.2m and 3bn, in Chinese 120万 and 30亿."""
    return {"labelExpr": _AXIS_LABEL[lang], "tickCount": 6}


def share_axis() -> dict[str, Any]:
    """Axis options for a share in [0, 1]."""
    return {"format": ".0%", "tickCount": 6}


def unit(title: Text, currency: str | None, lang: Lang) -> str:
    """A money title with its currency, where that is an ISO code and not free text of the data."""
    if currency is None or not re.fullmatch(r"[A-Z]{3}", currency):
        return title(lang)
    return f"{title(lang)} ({currency})" if lang == "en" else f"{title(lang)}（{currency}）"


class Rows(alt.InlineDataset):
    """The rows of a chart, taken as they are.

    Why: altair copies a chart's data at every step of building it and then looks into every cell;
    with some hundred rows that is most of the time of drawing.
    """

    def __deepcopy__(self, memo: Any) -> Rows:
        return self

    def to_dict(self, *args: Any, **kwds: Any) -> Any:
        """The list itself."""
        return self._args[0]


def values(frame: pl.DataFrame | Iterable[Mapping[str, Any]]) -> alt.Data:
    """Rows for a chart, written into it; decimals become floats, which is enough to draw."""
    if isinstance(frame, pl.DataFrame):
        frame = floats(frame).iter_rows(named=True)
    return alt.Data(values=Rows([dict(row) for row in frame]))


def floats(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with its decimals as floats."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))


def pick(*fields: str) -> alt.Parameter:
    """The selection of one or more marks, told apart by columns of the chart's table."""
    return alt.selection_point(name=PICK, fields=list(fields), empty=True)


def fade(selection: alt.Parameter) -> Any:
    """Marks that are not picked step back; with nothing picked all are full.

    A channel and not `alt.when`: what is no channel yet costs altair 12 ms to recognise.
    """
    return alt.OpacityValue(FADED, condition={"param": selection.name, "value": 1.0})


def colours(keys: Sequence[str], rest: str | None = None) -> alt.Scale:
    """One fixed colour per key, so that a key keeps its colour; `rest` and what is beyond are grey."""
    hues = CATEGORICAL + FURTHER
    palette = [NEUTRAL if key == rest or i >= len(hues) else hues[i]
               for i, key in enumerate(keys)]  # fmt: skip
    return alt.Scale(domain=list(keys), range=palette)


def framed(
    chart: Any, title: str, alt_text: str, note: str | list[str] = "", height: int | None = 320
) -> Any:
    """A chart with its title, an optional note (or its lines) below it, and what a screen reader says."""
    heading = alt.TitleParams(title, subtitle=note, anchor="start") if note else alt.TitleParams(
        title, anchor="start")  # fmt: skip
    size: dict[str, Any] = {"width": "container"}
    if height is not None:
        size["height"] = height
    return chart.properties(title=heading, description=alt_text, **size)


def ink(theme: Theme) -> str:
    """The colour of text on the ground of a theme."""
    return _INK[theme][0]


def config(theme: Theme) -> dict[str, Any]:
    """Vega-Lite configuration of a chart that stands alone in a file."""
    ink, line, background = _INK[theme]
    text = {"labelColor": ink, "titleColor": ink, "labelFont": FONT, "titleFont": FONT,
            "labelFontSize": 12, "titleFontSize": 12, "titlePadding": 10}  # fmt: skip
    return {
        "font": FONT, "background": background, "view": {"stroke": None}, "padding": 16,
        "axis": {**text, "gridColor": line, "domainColor": line, "tickColor": line, "labelLimit": 240},
        "legend": {**text, "labelLimit": 240},
        "title": {"color": ink, "subtitleColor": ink, "font": FONT, "subtitleFont": FONT,
                  "fontSize": 16, "subtitleFontSize": 12, "anchor": "start"},
        "text": {"font": FONT, "color": ink},
    }  # fmt: skip


def themed(
    spec: Mapping[str, Any], theme: Theme, width: int = 720, room: Room = PAGE
) -> dict[str, Any]:
    """A chart's specification ready for a file: own colours, fonts, a fixed width, its names whole."""
    alone = whole({**spec, "config": {**spec.get("config", {}), **config(theme)}}, room)
    if alone.get("width") == "container":
        alone["width"] = width
    return alone
