"""Retention: of those who came together, who is still coming.

Definition
----------
A cohort is the customers whose first active day (or opening day) falls into one week or month, in
the extract. Period k is the k-th week or month after the cohort's own; period 0 is the cohort's. A
customer counts in period k if active on at least `occurrences` days of it (`on`), or of it or any
later one (`on_or_after`). The rate is their share of the cohort. Money retention is the balance held
at a period's end by the cohort's customers, as a share of that at the end of period 0.

A cell is incomplete if its period ends after as_of: marked, and left out of the mean curve.
Customers whose first day is the extract's own first period are left out by default, because most of
them had come before (left-censoring); they are counted.

Also here: daily, weekly and monthly active customers with stickiness (daily over monthly), and what
early behaviour goes with staying: for w in 1..8 and m active days within the first w weeks, how well
"at least m" tells who is active from day `stays_days` on, with its precision (PPV), sensitivity,
coverage and phi. It says what goes together, not what would make customers stay.

Read on: `cohorts` (the arithmetic), `result`, `view`.
"""

from analytics.retention.params import RetentionParams
from analytics.retention.result import compute
from analytics.retention.view import ANALYSES

__all__ = ["ANALYSES", "RetentionParams", "compute"]
