"""The dated events an extract holds by itself: campaigns, events of the whole bank, and the holidays.

Definition. A campaign stands on the day it was first sent. An event is of the whole bank where its rows
name no customer and fall on a few days (a release, a notice), or where all its rows fall on one day and
reach half of the customers (a change of fees). The Spring Festival is marked for a bank that counts in
yuan, because it moves between January and February and bends every monthly line.

Why a campaign needs ten customers: a name that was sent to fewer may name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from analytics.dataset import EVERYBODY, Dataset, Population, Scope
from analytics.holidays import SPRING_FESTIVAL
from analytics.marks.mark import LONGEST, Mark
from analytics.text import Text

FEWEST = 10  # customers of a campaign or event that is named
MOST_DAYS = 12  # of an event of the whole bank; what happens more often is traffic
YUAN = frozenset({"CNY", "RMB", "人民币"})
FESTIVAL = Text("Spring Festival", "春节")
FIRST_SENT = """
SELECT campaign, min(sent_at)::DATE AS day FROM contacts
WHERE sent_at IS NOT NULL AND campaign IS NOT NULL
GROUP BY 1 HAVING count(DISTINCT customer_key) >= $fewest ORDER BY 2, 1"""
OF_THE_BANK = """
SELECT {name} AS name, list_sort(list(DISTINCT happened_at::DATE)) AS days FROM {table}
WHERE happened_at IS NOT NULL AND {name} IS NOT NULL
GROUP BY 1 HAVING count(DISTINCT happened_at::DATE) <= $most_days AND (
    ({anonymous} AND count(customer_key) = 0)
    OR (count(DISTINCT happened_at::DATE) = 1 AND count(DISTINCT customer_key) >= greatest($fewest,
        (SELECT count(DISTINCT customer_key) FROM {table}) / 2)))
ORDER BY 1"""


def of_extract(data: Dataset, as_of: date, population: Population = EVERYBODY) -> tuple[Mark, ...]:
    """Every dated event up to as_of; campaigns only of the customers in question."""
    return tuple(sorted([*_campaigns(data, as_of, population), *_of_the_bank(data, as_of),
                         *_holidays(data, as_of)], key=lambda one: (one.day, one.label)))  # fmt: skip


def _campaigns(data: Dataset, as_of: date, population: Population) -> list[Mark]:
    if not data.has("contacts.sent_at"):
        return []
    with data.scope(as_of, population) as scope:
        rows = scope.query(FIRST_SENT, step="campaigns", fewest=FEWEST)
    return [_mark(name, day, "campaign") for name, day in rows.rows()]


def _of_the_bank(data: Dataset, as_of: date) -> list[Mark]:
    with data.scope(as_of) as scope:
        return [
            *_named(scope, "events", "event", "TRUE"),
            *_named(scope, "transactions", "kind", "FALSE"),
        ]


def _named(scope: Scope, table: str, column: str, anonymous: str) -> Iterator[Mark]:
    """Events of the whole bank in one table; where all rows lie within one month there are none."""
    if not scope.data.has(f"{table}.{column}"):
        return
    months = scope.query(f"SELECT count(DISTINCT date_trunc('month', happened_at)) AS n FROM {table}",
                         step=f"months of {table}").item()  # fmt: skip
    if months < 2:
        return
    sql = OF_THE_BANK.format(name=column, table=table, anonymous=anonymous)
    rows = scope.query(sql, step=f"{table} of the whole bank", fewest=FEWEST, most_days=MOST_DAYS)
    for name, days in rows.rows():
        yield from (_mark(name, day, "bank") for day in days)


def _mark(name: object, day: date, sort: str) -> Mark:
    words = str(name)[:LONGEST]
    return Mark(day=day, label=Text(words, words), sort=sort)  # type: ignore[arg-type]


def _holidays(data: Dataset, as_of: date) -> list[Mark]:
    if data.currency not in YUAN:
        return []
    days = [date(year, *month_day) for year, month_day in SPRING_FESTIVAL.items()]
    return [Mark(day=day, label=FESTIVAL, sort="holiday") for day in days if day <= as_of]
