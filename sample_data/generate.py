"""Make an invented bank: CSV extracts and the truth planted in them.

    >>> import tempfile
    >>> path = write_bank(Path(tempfile.mkdtemp()), customers=20, months=3)
    >>> sorted(p.name for p in path.iterdir())[:3]
    ['accounts.csv', 'balances.csv', 'contacts.csv']

`world` explains the steps; README.md what is planted, how strongly, and how that was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from analytics.text import Text, UserError
from sample_data import anomalies, campaigns, journeys, rules
from sample_data.ledger import keep_books
from sample_data.money import make_money
from sample_data.people import make_people
from sample_data.products_base import make_accounts
from sample_data.spoken import spoken
from sample_data.stages import make_stages
from sample_data.truth import TruthWriter, merge
from sample_data.world import BLOCK, PARTS, Block, Plan
from sample_data.write import BankFiles, Headers, block_tables

PLANTED: tuple[Any, ...] = (rules, journeys, campaigns, anomalies)
MONTHS = (3, 120)
CUSTOMERS = (1, 5_000_000)


def write_bank(out: Path, customers: int, months: int = 36, seed: int = 7, headers: Headers = "en",
               without: frozenset[str] = frozenset(), encoding: str | None = None,
               progress: Callable[[int, int], None] | None = None) -> Path:  # fmt: skip
    """Write the CSV files, truth.json and truth_hazard.tsv of one bank; same call, same bytes.

    Args:
        out: folder, made if missing; files of the same names are replaced.
        customers: 1 to 5,000,000.
        months: whole months up to 2025-12-31, 3 to 120.
        seed: of all randomness.
        headers: "en" writes canonical names in UTF-8, "zh" Chinese headers and values in GB18030.
        without: planted parts to leave out, of `world.PARTS`.
        encoding: of the CSV files, if not the language's own.
        progress: called with (customers made, customers) after every block.

    Returns:
        `out`.

    Raises:
        UserError: a size, length or part that is not offered.
    """
    plan = Plan(customers, months, seed, without=check(customers, months, without))
    out.mkdir(parents=True, exist_ok=True)
    words: dict[str, dict[str, str]] = {}
    for part in PLANTED:
        for path, titles in part.titles_zh().items():
            words[path] = {**words.get(path, {}), **titles}
    files = BankFiles(out, headers, encoding or {"en": "utf-8", "zh": "gb18030"}[headers], words)
    truth = TruthWriter(plan, out / "truth.json")
    starts = [plan.month(i).isoformat()[:7] for i in range(plan.months)]
    for block, balances in blocks(plan):
        files.append(block_tables(block, balances, starts))
        truth.add(block)
        if progress:
            progress(block.first + block.size, customers)
    files.close()
    told = {k: v for part in PLANTED for k, v in part.truth(plan).items()}
    truth.close(told if headers == "en" else spoken(told, files.words))
    return out


def check(customers: int, months: int, without: frozenset[str]) -> frozenset[str]:
    """Refuse what cannot be made, in words."""
    for name, zh, value, (low, high) in (("customers", "客户数", customers, CUSTOMERS),
                                         ("months", "月数", months, MONTHS)):  # fmt: skip
        if not low <= value <= high:
            raise UserError(Text(f"{name} = {value}: expected {low:,} to {high:,}.",
                                 f"{zh} = {value}：应在 {low:,} 至 {high:,} 之间。"), "sample")  # fmt: skip
    if unknown := sorted(without - set(PARTS)):
        known = ", ".join(PARTS)
        raise UserError(Text(f"Cannot leave out {', '.join(unknown)}; expected some of {known}.",
                             f"无法省略 {', '.join(unknown)}；可选：{known}。"), "sample")  # fmt: skip
    return without


def blocks(plan: Plan) -> Iterator[tuple[Block, pl.DataFrame]]:
    """Every finished block with its month-end balances, one at a time."""
    for number in range(plan.blocks()):
        yield make_block(plan, number)


def make_block(plan: Plan, number: int) -> tuple[Block, pl.DataFrame]:
    """One block through all steps of `world`, and its month-end balances."""
    block = Block(number, number * BLOCK, plan.block_size(number))
    make_people(plan, block)
    make_stages(plan, block)
    make_accounts(plan, block)
    more, told = rules.add_products(plan, block)
    block.accounts = pl.concat([block.accounts, more])
    merge(block.truth, told)
    make_money(plan, block)
    block.events, extra, told = journeys.make_events(plan, block)
    _take(block, extra, told)
    block.contacts, extra, told = campaigns.make_contacts(plan, block)
    _take(block, extra, told)
    block.movements, told = anomalies.inject(plan, block)
    merge(block.truth, told)
    return block, keep_books(plan, block)


def _take(block: Block, extra: pl.DataFrame, told: dict[str, Any]) -> None:
    block.movements = pl.concat([block.movements, extra])
    merge(block.truth, told)
