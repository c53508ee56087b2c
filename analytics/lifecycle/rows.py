"""What each lifecycle chart draws: its rows, and the rest that its drawing depends on."""

from __future__ import annotations

from collections.abc import Hashable

import polars as pl

from analytics.lifecycle import ribbons, words
from analytics.lifecycle.actions import ACTIONS
from analytics.lifecycle.result import LifecycleResult
from analytics.text import Lang

GROUPS_SHOWN = 12
MONTHS_SHOWN = 100
Frames = list[pl.DataFrame]


def stages(result: LifecycleResult, lang: Lang) -> Frames:
    """The stages with customers, best first, with their names and what they need."""
    doing = pl.Series([ACTIONS[a](lang) for a in result.actions["action"]], dtype=pl.String)
    return [_named(result.actions, lang).with_columns(doing=doing)]


def balances(result: LifecycleResult, lang: Lang) -> Frames:
    """The same stages with their balances."""
    return [_named(result.actions, lang)]


def stocks(result: LifecycleResult, lang: Lang) -> Frames:
    """The stages of the last month ends, one above the other; the left-censored ones are pale."""
    shown = result.counted.filter(pl.col("month").is_in(result.boundaries[-MONTHS_SHOWN:]))
    placed = _placed(_month(_named(shown, lang)), result).sort("month", "place")
    return [placed.with_columns(
        high=pl.col("customers").cum_sum().over("month"),
        strength=pl.when("left_censored").then(0.45).otherwise(1.0),
    ).with_columns(low=pl.col("high") - pl.col("customers")).drop("left_censored", "place")]  # fmt: skip


def sankey(result: LifecycleResult, lang: Lang) -> Frames:
    """The ribbons, and the boxes at their ends."""
    drawn, ends = ribbons.of(result)
    return [_between(drawn, lang), _named(ends, lang)]


def matrix(result: LifecycleResult, lang: Lang) -> Frames:
    """The shares from stage to stage."""
    return [_between(result.transitions, lang)]


def threshold(result: LifecycleResult, lang: Lang) -> Frames:
    """Both shares at every threshold, and the threshold in use."""
    names = {"flagged_share": words.FLAGGED(lang), "false_share": words.FALSE(lang)}
    lines = result.threshold.unpivot(
        on=list(names), index=["threshold_days", "flagged_now", "judged", "false_alarms"],
        variable_name="line", value_name="part").drop_nulls("part").with_columns(
        pl.col("line").replace_strict(names, return_dtype=pl.String))  # fmt: skip
    return [lines, pl.DataFrame({"at": [result.params.dormant_days]})]


def forecast(result: LifecycleResult, lang: Lang) -> Frames:
    """Customers awake, as it goes and with the better wake-up rate."""
    names = {key: title(lang) for key, title in words.KIND_TITLES.items()}
    return [_month(words.awake_path(result)).with_columns(
        line=pl.col("kind").replace_strict(names, return_dtype=pl.String))]  # fmt: skip


def breakdown(result: LifecycleResult, lang: Lang) -> Frames:
    """The stages of the largest groups."""
    shown = groups(result).head(GROUPS_SHOWN)
    assert result.breakdown is not None
    rows = result.breakdown.filter(pl.col("group").is_in(shown.implode(), nulls_equal=True))
    return [_placed(_named(rows, lang), result).with_columns(
        label=pl.col("group").fill_null(words.NO_VALUE(lang)))]  # fmt: skip


def groups(result: LifecycleResult) -> pl.Series:
    """The groups of the breakdown, the largest first."""
    assert result.breakdown is not None
    return result.breakdown["group"].unique(maintain_order=True)


def bars_shape(result: LifecycleResult) -> Hashable:
    """Stages, their order and colours, and the unit of balances."""
    return result.params.scheme, tuple(result.actions["stage"]), result.currency


def stocks_shape(result: LifecycleResult) -> Hashable:
    """The stages, and whether the note on pale months stands there."""
    return result.params.scheme, bool(result.censored.any())


def sankey_shape(result: LifecycleResult) -> Hashable:
    """The stages, and the two days under the ribbons."""
    return result.params.scheme, tuple(result.boundaries[-2:])


def matrix_shape(result: LifecycleResult) -> Hashable:
    """The stages, and whether the note on grey cells stands there."""
    return result.params.scheme, bool(result.transitions["few"].any())


def lines_shape(result: LifecycleResult) -> Hashable:
    """Nothing but the kind of chart: both lines are there in every result."""
    return ()


def breakdown_shape(result: LifecycleResult) -> Hashable:
    """The stages, and how many groups there are: the height, and the note on those left out."""
    return result.params.scheme, len(groups(result))


def _named(
    frame: pl.DataFrame, lang: Lang, column: str = "stage", name: str = "name"
) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series(name, [words.stage_title(k)(lang) for k in frame[column]], dtype=pl.String))  # fmt: skip


def _between(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """With the names of both stages of a move."""
    return _named(_named(frame, lang, "from_stage", "source"), lang, "to_stage", "target")


def _placed(frame: pl.DataFrame, result: LifecycleResult) -> pl.DataFrame:
    """With the place of the stage in the order of a customer's life."""
    names = list(result.scheme.names)
    return frame.with_columns(
        place=pl.col("stage").replace_strict(names, list(range(len(names))), return_dtype=pl.Int64))  # fmt: skip


def _month(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("month").dt.to_string("%Y-%m-%d"))
