"""Every chart and table of every analysis as a story shows it: no cell under the threshold, none to be worked out."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.privacy import holds_any
from analytics.story.cells import recoverable
from analytics.story.counts import count_columns, is_single, key_columns, measures
from analytics.story.numbers import MOST_ROWS
from analytics.story.shown import compose
from analytics.story.withhold import SMALLEST_SHOWN, safe_table
from tests.contract import every_analysis


def blanked(safe: pl.DataFrame) -> np.ndarray:
    """Rows without any number left."""
    numbers = [pl.col(c).is_null() for c in measures(safe)]
    return (
        safe.select(pl.all_horizontal(numbers)).to_series().to_numpy()
        if numbers
        else np.zeros(safe.height, bool)
    )


@every_analysis
def test_no_small_cell_of_any_table_stands_or_follows(runs, key):
    for name, frame in runs(key).tables.items():
        if is_single(frame):
            continue
        safe = safe_table(runs(key).tables, name, SMALLEST_SHOWN)
        gone = blanked(safe)
        for column in count_columns(frame):
            assert not safe[column].is_between(1, SMALLEST_SHOWN - 1).any(), (name, column)
        # Where everything is withheld no sum is printed either, so nothing can follow.
        for column in count_columns(frame)[:1] if not gone.all() else ():
            small = frame[column].to_list()
            left = recoverable(frame.select(key_columns(frame)), small, gone, SMALLEST_SHOWN)
            standing = any(n for n, hide in zip(small, gone, strict=True) if n and not hide)
            assert left == 0 or not standing, (name, column, left)


@every_analysis
def test_every_chart_and_table_can_be_pinned_and_holds_nobody(runs, contract, key):
    run = runs(key)
    ids = set(contract.query("SELECT customer_id FROM customers")["customer_id"])
    items = [("chart", chart.key) for chart in run.analysis.charts_of(run.result)] + [
        ("headline", "")
    ]
    items += [("table", name) for name, frame in run.tables.items() if not is_single(frame)]
    for kind, item in items:
        frame, shown = compose(run, kind, item)
        assert frame.numbers, (kind, item)
        assert not holds_any(frame.as_dict(), ids), (kind, item)
        assert shown.table is None or shown.table.height <= MOST_ROWS
        for spec in shown.charts.values():
            assert not holds_any(spec, ids), (kind, item)
            rows = [row for rows in spec["datasets"].values() for row in rows]
            assert not [row for row in rows if 0 < (row.get("customers") or 0) < SMALLEST_SHOWN], (
                kind,
                item,
            )
