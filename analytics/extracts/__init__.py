"""Two extracts side by side: what moved in every analysis, and by how much more than chance.

Definition
----------
Three sorts of numbers are held against each other, each with its size, a 95 % interval, z and p:

- **shares of all** (`shares`): every table of a result that counts customers (or accounts) as a part of
  a known whole; Newcombe's interval and Fisher's exact p of two independent samples;
- **shares of the same** and **means of the same** (`paired`): customers who are in both extracts, each
  paired with themselves: McNemar's exact p, and the mean of their differences against its error.

p is adjusted by Holm over all numbers of all analyses compared together, so that at most 5 % of such
comparisons would show any move where nothing moved.

Why shares of all err on the quiet side: most customers are in both extracts, and the same people vary
less than two independent samples, which that test takes them for. What it calls moved has moved.

Groups that an analysis fits have no identity across extracts. Where they can be, they are frozen
(`frozen`): cut-offs, centres and hidden states of the earlier extract are applied to the later one.
Where they cannot, the result says why and only the headlines stand side by side.

Read on: `compare`, `shares`, `paired`, `frozen`, `judged`, `withheld`.
"""

from analytics.extracts.compare import Compared, compare
from analytics.extracts.judged import LEVEL
from analytics.extracts.shares import shares_of
from analytics.extracts.withheld import withheld

__all__ = ["LEVEL", "Compared", "compare", "shares_of", "withheld"]
