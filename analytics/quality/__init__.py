"""What is wrong with an extract, said before anybody believes a number of it.

`check` looks at a whole dataset file (as_of and population not applied) and returns findings, most
severe first. It never changes anything and never quotes a value of the data: a finding names a
table, a column, how many rows of how many, and what to do. Rejected rows and failed casts are the
import's own findings (`Dataset.findings`); these here need the finished tables.

Modules: `keys` (orphans, repeated keys), `calendar` (missing months, future and impossible days),
`amounts` (signs, currencies, balances that do not follow), `columns` (empty, constant, coverage).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analytics.dataset import Dataset
from analytics.findings import Finding
from analytics.quality import amounts, calendar, columns, keys

Check = Callable[[Dataset], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    keys.orphans, keys.rows_without_customer, keys.repeated_keys, calendar.future_days,
    calendar.missing_months, calendar.placeholder_days, calendar.outside_the_account,
    amounts.signs, amounts.kinds_against_signs, amounts.currencies, amounts.running_balance,
    amounts.snapshots, columns.empty_or_constant, columns.impossible_birth_years, columns.coverage,
)  # fmt: skip
ORDER = {"error": 0, "warning": 1, "info": 2}


def check(data: Dataset) -> list[Finding]:
    """Every finding about this dataset: errors, then warnings, then information."""
    found = [finding for one in CHECKS for finding in one(data)]
    return sorted(found, key=lambda f: ORDER[f.severity])
