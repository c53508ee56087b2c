"""Overview: the extract at a glance, and the few things in it that are worth a look first.

Definition
----------
`glance` counts customers, balances, flows and activity month by month. `findings` looks for three
sorts of news and ranks them by the customers concerned:

- **differs**: a group of customers (a value of any attribute) whose share with an outcome (quiet for
  90 days, in the app, balance halved, three products or more) differs from all others';
- **changed**: the share of the same customers who did something in the last whole month, against the
  same month a year before (the month before where there is less history), each customer paired with
  themselves;
- **unusual**: a total of the last whole month whose change is far outside all earlier changes.

A finding is shown only if it beats the best that the same search finds in copies of the bank in which
chance was made the only cause: outcomes dealt anew among customers, or the two months of each customer
swapped by a coin (`shuffled`). So it carries a family-wise level of 1 in (copies + 1), whatever the
number of attributes and however they hang together.

Literature: P. H. Westfall, S. S. Young, Resampling-Based Multiple Testing (1993), chapter 2 (max-T);
R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890 (10) and 2635-2650, for the intervals.

Read on: `months`, `outcomes`, `shuffled`, `findings`, `words`, `charts`, `registered`.
"""

from analytics.overview.findings import Finding, findings
from analytics.overview.months import Glance, glance
from analytics.overview.registered import ANALYSES, FindingParams, OverviewParams

__all__ = ["ANALYSES", "Finding", "FindingParams", "Glance", "OverviewParams", "findings", "glance"]
