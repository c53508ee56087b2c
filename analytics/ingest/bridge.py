"""The account-to-customer bridge: files that say who holds which account.

A joint account counts for its owner; the other holders are listed in the table `holders` and do
not receive its movements. Where no holder is marked as owner, the first by id is taken.
"""

from __future__ import annotations

import duckdb

from analytics.findings import Finding
from analytics.ingest.one import one_row
from analytics.ingest.stage import Staged
from analytics.text import Text

RELATION = "bridge_rows"


def create(
    con: duckdb.DuckDBPyConnection, staged: list[Staged], old: str | None = None
) -> str | None:
    """One relation (account_id, customer_id, is_owner) of all bridge files; None without any."""
    if not staged:
        return None
    parts = " UNION ALL ".join(
        f"SELECT account_id, customer_id, is_owner FROM {s.name} WHERE reason_ IS NULL"
        for s in staged
    )
    con.execute(f"CREATE TEMP TABLE {RELATION} AS SELECT account_id, customer_id, bool_or(is_owner) AS is_owner "
                f"FROM ({parts}) GROUP BY ALL")  # fmt: skip
    return RELATION


def findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Joint accounts, and accounts with no owner or several."""
    row = one_row(
        con,
        f"""SELECT count(*) FILTER (holders > 1), count(*) FILTER (owners = 0), count(*) FILTER (owners > 1), count(*)
        FROM (SELECT count(*) AS holders, count(*) FILTER (is_owner) AS owners FROM {RELATION} GROUP BY account_id)""",
    )
    joint, without, several, total = row
    found = []
    if joint:
        found.append(Finding(code="joint_accounts", severity="info", table="accounts", column="customer_id", rows=joint, of=total,
                             message=Text("{n} accounts have several holders; each counts for its owner, the others are listed.",
                                          "{n}个账户有多个持有人；归属户主，其余持有人另列。").fill(n=joint)))  # fmt: skip
    if without or several:
        found.append(Finding(code="unclear_owner", severity="warning", table="accounts", column="customer_id", rows=without + several, of=total,
                             message=Text("{n} accounts have no single owner; the first holder by id is taken.",
                                          "{n}个账户没有唯一户主；按编号取第一位持有人。").fill(n=without + several)))  # fmt: skip
    return found
