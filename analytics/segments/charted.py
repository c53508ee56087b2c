"""What the charts of a segmentation draw: their rows, and all else that a drawing depends on.

Rows carry what moves with the number of segments: names, order, which features are shown. So a chart
is drawn once, and a moved slider only sends rows (`registry.ChartSpec`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import altair as alt
import polars as pl

from analytics import style
from analytics.segments import words
from analytics.segments.reading import OUTLIERS
from analytics.segments.result import SegmentsResult
from analytics.segments.rule import written
from analytics.text import Lang, Text

Rows = Callable[[SegmentsResult, Lang], list[pl.DataFrame]]
NO_VALUE, NOBODY = Text("(no value)", "（无取值）"), "–"
FEATURES_SHOWN, GROUPS_SHOWN, DRIFTS_SHOWN = 12, 12, 18
STABLE, SHIFTED = 0.1, 0.25  # usual limits of the PSI
LAST = len(words.SEGMENT_TITLES)
USUAL = 10  # segments whose names find room in any chart
NUMBERED = [key for key in words.SEGMENT_TITLES if key != OUTLIERS]


def named(result: SegmentsResult, frame: pl.DataFrame, lang: Lang, column: str = "segment",
           into: str = "name") -> pl.DataFrame:  # fmt: skip
    """The frame with a segment's key and name for people beside its key, and its place by number."""
    said = {
        key: f"{key or NOBODY} {words.name(result, key)(lang)}" for key in frame[column].unique()
    }
    places = {key: int(key.removeprefix("s")) if key else LAST for key in said}
    keys = frame[column].to_list()
    return frame.with_columns(
        pl.Series(into, [said[key] for key in keys], dtype=pl.String),
        pl.Series(f"{into}_place", [places[key] for key in keys], dtype=pl.Int64))  # fmt: skip


def by_place(into: str = "name") -> alt.EncodingSortField:
    """The order of segments by their number, found in the rows."""
    return alt.EncodingSortField(f"{into}_place", op="min", order="ascending")


def absent(result: SegmentsResult, table: str) -> tuple[str, ...]:
    """Segments that a table has no row of: not measured, or nowhere the most."""
    return tuple(sorted(set(result.names) - set(result.tables[table]["segment"])))


def colours(result: SegmentsResult, table: str) -> list[str]:
    """The colours of the table's segments by number; one number keeps one colour, outliers are grey."""
    missing = absent(result, table)
    scale = style.colours(NUMBERED).to_dict()
    of = dict(zip(scale["domain"], scale["range"], strict=True)) | {OUTLIERS: style.NEUTRAL}
    keys = [OUTLIERS, *NUMBERED] if OUTLIERS in result.names else NUMBERED
    return [of[key] for key in keys if key not in missing]


def size_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """Segments with their rule, the largest first."""
    rows = named(result, result.tables["segments"], lang).with_row_index("place")
    rule = "rule_zh" if lang == "zh" else "rule"
    return [rows.select("segment", "name", "place", "customers", "share", pl.col(rule).alias("rule"),
                        "precision", "recall")]  # fmt: skip


def profile_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """Segments by the features that tell them apart most, with both medians as words."""
    rows = result.tables["profiles"]
    top = rows.group_by("feature").agg(pl.col("distance").abs().max().alias("most")).sort(
        "most", "feature", descending=[True, False], nulls_last=True)["feature"].head(FEATURES_SHOWN)  # fmt: skip
    places = {key: place for place, key in enumerate(top)}
    rows = named(result, rows.filter(pl.col("feature").is_in(top.implode())), lang)
    return [_features(result, rows, lang).with_columns(
        place=pl.Series([places[key] for key in rows["feature"]], dtype=pl.Int64),
        said=_amounts(result, rows, "median", lang),
        overall=_amounts(result, rows, "overall_median", lang),
    ).select("segment", "name", "name_place", "title", "place", "said", "overall", "distance")]  # fmt: skip


def of_table(table: str) -> Rows:
    """The rows of a table of segments, with their names."""
    return lambda result, lang: [named(result, result.tables[table], lang)]


def criterion_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """Every criterion by number of segments, the gap with its error."""
    return [result.tables["criteria"].with_columns(
        low=pl.col("gap") - pl.col("gap_error"), high=pl.col("gap") + pl.col("gap_error"))]  # fmt: skip


def breakdown_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """The mix of segments in the largest groups."""
    shown = result.tables["groups"]["group"].head(GROUPS_SHOWN)
    rows = result.tables["breakdown"].filter(
        pl.col("group").is_in(shown.implode(), nulls_equal=True)
    )
    return [named(result, rows, lang).with_columns(label=pl.col("group").fill_null(NO_VALUE(lang)))]


def migration_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """Customers by their segment then and now."""
    rows = named(result, result.tables["migration"], lang, "from_segment", "before")
    return [named(result, rows, lang, "to_segment", "after")]


def comparison_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """Customers by their segment and the one other settings give them."""
    said = "other_name_zh" if lang == "zh" else "other_name"
    rows = named(result, result.tables["comparison"], lang, "segment", "own")
    rows = named(result, rows, lang, "other_segment", "other").with_columns(
        other=pl.format("{} {}", "other_segment", said))  # fmt: skip
    return [rows.drop("other_name", "other_name_zh")]


def drift_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """The features that drifted most, and the two usual limits."""
    rows = result.tables["drift"].head(DRIFTS_SHOWN)
    rows = _features(result, rows, lang).with_row_index("place").with_columns(
        was=_amounts(result, rows, "median_before", lang),
        now=_amounts(result, rows, "median_after", lang))  # fmt: skip
    limits = pl.DataFrame({"limit": [STABLE, SHIFTED]})
    return [rows.select("title", "place", "psi", "was", "now"), limits]


def loading_rows(result: SegmentsResult, lang: Lang) -> list[pl.DataFrame]:
    """Features by factors, in the order of their table."""
    rows = _features(result, result.tables["loadings"], lang).with_row_index("place")
    return [rows.select("place", "factor", "loading", "title")]


def _features(result: SegmentsResult, rows: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The rows with the titles of their features."""
    titles = {key: result.feature(key).title(lang) for key in rows["feature"].unique()}
    return rows.with_columns(title=pl.col("feature").replace_strict(titles, return_dtype=pl.String))


def _amounts(result: SegmentsResult, rows: pl.DataFrame, column: str, lang: Lang) -> pl.Series:
    """Figures of a column as words, each in the unit of its row's feature."""
    pairs = rows.select("feature", column).iter_rows()
    return pl.Series(
        [written(result.feature(key), value)(lang) for key, value in pairs], dtype=pl.String
    )


def shape(table: str, coloured: bool = False) -> Callable[[SegmentsResult], Hashable]:
    """All but its rows that a chart of this table is drawn from: heights, and whose colours it uses."""

    def found(result: SegmentsResult) -> Hashable:
        missing = absent(result, table) if coloured else ()
        return (missing, OUTLIERS in result.names, result.idle > 0, legend_rows(result),
                table == "profiles" and has_gaps(result), bars(result, table))  # fmt: skip

    return found


def legend_rows(result: SegmentsResult) -> int:
    """Names for which room is left: as many as the slider may ask for, so that it moves rows only."""
    return max(len(result.names), USUAL)


def has_gaps(result: SegmentsResult) -> bool:
    """Whether a segment has no figure of some feature."""
    return result.tables["profiles"]["median"].null_count() > 0


_BARS: dict[str, tuple[str, str, int]] = {  # table -> what is counted in which table, at most
    "profiles": ("profiles", "feature", FEATURES_SHOWN), "breakdown": ("groups", "group", GROUPS_SHOWN),
    "drift": ("drift", "feature", DRIFTS_SHOWN), "loadings": ("loadings", "feature", LAST)}  # fmt: skip


def bars(result: SegmentsResult, table: str) -> int:
    """How many bars or rows of cells a chart of this table has, where its height grows with them."""
    if table not in _BARS:
        return 0
    counted, column, most = _BARS[table]
    return min(result.tables[counted][column].n_unique(), most)
