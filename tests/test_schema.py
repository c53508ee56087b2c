"""The canonical tables, held against the design's own list (typed by hand, not read from code)."""

from __future__ import annotations

import pytest

from analytics.schema import SQL_TYPES, TABLES, column, has_account, time_column

DESIGN = {
    "customers": "customer_id opened_on birth_year gender region occupation customer_type risk_level "
                 "acquisition_channel consent",
    "accounts": "account_id customer_id product product_group opened_on closed_on matures_on "
                "term_months rate currency",
    "transactions": "customer_id account_id happened_at amount transaction_id kind channel category "
                    "counterparty balance_after currency basket_id item quantity",
    "balances": "customer_id account_id balance_on balance product currency",
    "events": "customer_id happened_at event session_id page source slot device result reason duration_s",
    "contacts": "campaign customer_id sent_at arm channel slot creative seen_at clicked_at "
                "converted_at cost",
    "feedback": "customer_id happened_at score text tag",
    "risk": "customer_id risk_score grade flag",
}  # fmt: skip
TIMES = {"customers": None, "accounts": None, "transactions": "happened_at", "balances": "balance_on",
         "events": "happened_at", "contacts": "sent_at", "feedback": "happened_at", "risk": None}  # fmt: skip


def test_tables_are_the_designs():
    assert {t.name: {c.name for c in t.columns} for t in TABLES.values()} == {
        name: set(columns.split()) for name, columns in DESIGN.items()}  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_is_whole(table):
    names = [c.name for c in table.columns]
    assert len(names) == len(set(names))
    assert {*table.owner, *filter(None, [table.key])} <= set(names)
    assert all(c.kind in SQL_TYPES and c.title.en and c.title.zh for c in table.columns)
    assert time_column(table.name) == TIMES[table.name]
    assert not TIMES[table.name] or table.column(TIMES[table.name]).required
    assert has_account(table.name) == ("account_id" in names)


def test_ids_are_text_and_money_is_exact():
    assert (SQL_TYPES["id"], SQL_TYPES["money"]) == ("VARCHAR", "DECIMAL(18,4)")
    kinds = {c.name: c.kind for t in TABLES.values() for c in t.columns}
    assert {k for n, k in kinds.items() if n.endswith("_id")} == {"id"}
    assert {kinds[n] for n in ("amount", "balance", "balance_after", "cost")} == {"money"}


def test_unknown_column():
    with pytest.raises(KeyError):
        column("transactions.colour")
