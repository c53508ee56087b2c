"""The feature table: one row per customer, some forty figures of what the customer does and has.

Definition
----------
Every figure is as known at the end of `as_of`; what happened counts within the look-back, whole
days, the last of which is `as_of`. Activity is what the customer started (`rfm.kinds`), so interest
and fees are none, and salaries have columns of their own. A feature exists only where the extract
has the columns it needs; a figure is null where a customer has no such rows, and `Feature.empty`
says what stands in for it where a method needs a number.

Denominator: customers at `as_of`, as in `rfm`.

Read on: `feature` (what a feature is), `movements` and `holdings` (the catalogue), `names` (products
and shares in the extract's own words), `sources` (SQL), `table` (the table).

Segments, early warning and rules read the same table, so a feature means the same everywhere.
"""

from analytics.features.feature import Feature
from analytics.features.table import CATALOGUE, LOOKBACK_DAYS, FeatureTable, read, supported

__all__ = ["CATALOGUE", "LOOKBACK_DAYS", "Feature", "FeatureTable", "read", "supported"]
