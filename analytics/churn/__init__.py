"""Early warning: who is about to be lost, or about to wake up, how sure that is, and why.

Definition
----------
At a day t, the risk set is the customers who were active within the last `active_within_days` (for
wake-up: those dormant for `dormant_days` or more). The outcome over (t, t + horizon]:

- **loss**: the customer's last active day falls into it and `silent_days` without any follow.
- **wake_up**: the customer is active again.

Landmarks are days a month apart, counted back from as_of (month ends from a month end). A model is
taught at many of them and judged at a later one; every outcome used for teaching was complete before
the day of the judging, and a gap of `gap_days` lies between what is known and the first day that counts
(data arrive late). Features look only at spans that end by their landmark; a span whose newest row is
later is refused, and an area under the curve above 0.95 is said to be likelier a leak than skill.
Today's customers are scored by the same recipe, taught on all landmarks whose outcomes are known.

Gradient boosting, logistic regression (with a curve per signal) and their blend (the mean of log odds)
stand against each other;
the one with the largest PR-AUC on customers set aside is used. All are judged beside the naive floor,
the days since the last active day. Reasons are what-if drops: by how much the probability falls if one
feature took the typical value. They explain the score, not the customer: no causality is claimed.

Who was silent already at the landmark, for good, is no loss to come: no warning would reach them. Such
customers stay in the risk set, as nobody can say for sure on that day who they are. Their chance of
being away already is learnt by a model of its own, and the warning is the chance of being still there
times that of leaving, learnt from those who were.

Where the history is too short to teach and judge, customers are ranked by days since the last
activity, and that is said.

Read on: `spans` (SQL), `signals` and `titles` (features), `outcomes`, `models`, `training`, `view`, `words`.

Literature: J. H. Friedman, Ann. Statist. 29 (2001), 1189; J. Platt (1999) for the sigmoid calibration.
"""

from analytics.churn.view import ChurnParams, compute
from analytics.churn.words import ANALYSES

__all__ = ["ANALYSES", "ChurnParams", "compute"]
