"""One customer, on demand, by id: `find` it, gather its `card`, draw its `charts`."""

from analytics.customer.card import (
    RECENT_DAYS,
    CustomerCard,
    CustomerNotFoundError,
    Fact,
    card,
    find,
    standing,
)
from analytics.customer.charts import Drawing, charts

__all__ = ["RECENT_DAYS", "CustomerCard", "CustomerNotFoundError", "Drawing", "Fact", "card",
           "charts", "find", "standing"]  # fmt: skip
