"""Survival: how long until customers activate, go dormant, come back, are lost or close.

Definition
----------
Kaplan-Meier: the share of customers to whom the event has not happened t days after their start.
Whoever has not had it by as_of is censored there, not dropped: the mean of ended spells alone is
too short. The interval is the log-log one; the curve is not drawn where fewer than 10 are left at
risk. Groups are compared with the rest by the log-rank test, adjusted by Holm.

| event | starts | ends |
|---|---|---|
| activation | opening day (customers opened within the extract) | first active day |
| dormancy | first active day | first day of dormant_days idle days |
| loss | first active day | first day of lost_days idle days |
| waking | first day dormant, the latest spell | the next active day |
| closing | opening day of an account | its closing day |

Left truncation: a customer opened before the extract's first day has a start that is not seen; for
`activation` such customers are left out and counted. For the others the first day seen is the start
(`dormancy`, `loss`), which is said.

Also here: the calendar of maturing term deposits, and how many were rolled over: another account of
the same product opened by the same customer from 7 days before to 30 days after the maturity.

Read on: `estimate` (Kaplan-Meier, log-rank), `spells` (times from the calendar), `maturity`, `view`.

Literature: E. L. Kaplan, P. Meier, JASA 53 (1958), 457; E. J. Freireich et al., Blood 21 (1963), 699,
whose remission times are the test; J. P. Klein, M. L. Moeschberger, Survival Analysis (2003), ch. 4, 7.
"""

from analytics.survival.view import ANALYSES, SurvivalParams, compute

__all__ = ["ANALYSES", "SurvivalParams", "compute"]
