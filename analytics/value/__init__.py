"""Value: how likely each customer is to come back, how often, and what that is worth.

Definition
----------
Active days up to `calibration` weeks are reduced to three numbers per customer: repeat active days,
weeks to the last of them, weeks since the first (`analytics.btyd`). A buy-till-you-die model is
fitted to them: MBG/NBD by default, because BG/NBD holds everybody who came once to be alive for
certain. From it, for each customer at as_of:

- the chance of still being there,
- the chance of at least one active day within the horizon, the score that ranks for a campaign,
- the expected active days, each worth the customer's own mean amount (Gamma-Gamma, shrunk to the
  population) times the margin, discounted at the middle of the horizon.

Calibration: the model is fitted anew as of `horizon_days` before as_of and its expectations are held
against what came, by number of repeat days. A balance is not a purchase: the value here is that of
movements, and the margin is yours to set.

Read on: `model`, `result`, `view`. Literature: see `analytics.btyd`.
"""

from analytics.value.result import ValueParams, compute
from analytics.value.view import ANALYSES

__all__ = ["ANALYSES", "ValueParams", "compute"]
