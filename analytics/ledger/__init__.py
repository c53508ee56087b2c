"""The deposit flow ledger: why the balance changed, month by month, to the last place.

Definition
----------
For every pair of neighbouring month ends, every account's change goes to exactly one line, and a
kept account's change is split further by its movements:

| line | whose change |
|---|---|
| new_customers | accounts of customers who held none at the month's start |
| lost_customers | accounts of customers who hold none at its end |
| opened_accounts, closed_accounts | accounts that came or went with customers who stayed |
| own_moves | kept accounts: movements whose other leg, on another account of the same customer, has the same day and the opposite amount |
| interest, fees | kept accounts: what the bank books, by the names of kinds |
| organic_in, organic_out | kept accounts: all other credits and debits |
| unexplained | kept accounts: change that the movements do not explain (zero in a complete extract) |

The lines sum to the change of the balance exactly, in total, per product and per group: amounts are
whole ten-thousandths. Own moves need not sum to zero: the other leg may lie on an account that was
opened or closed in the month.

An account is there from its first known balance until its closing day; see `lifecycle.balances`.
Debts count negative. Movements without an account cannot be told to a product; their effect is
"unexplained".

Read on: `movements` (SQL), `own` (moves between own accounts), `split` (the arithmetic), `result`,
`view`.
"""

from analytics.ledger.result import LedgerParams, compute
from analytics.ledger.view import ANALYSES

__all__ = ["ANALYSES", "LedgerParams", "compute"]
