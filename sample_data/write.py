"""The CSV files of a bank: canonical columns, English or Chinese, in any encoding that holds them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Literal

import numpy as np
import polars as pl

from analytics.schema import CUSTOMER_TYPES, RISK_LEVELS, column
from sample_data.products_base import GROUP_TITLES, TITLES
from sample_data.world import CATEGORIES, CHANNELS, KINDS, Block

Headers = Literal["en", "zh"]
COLUMNS = {
    "customers": ("customer_id", "opened_on", "birth_year", "gender", "region", "occupation",
                  "customer_type", "risk_level", "acquisition_channel", "consent", "branch"),
    "accounts": ("account_id", "customer_id", "product", "product_group", "opened_on", "closed_on",
                 "matures_on", "term_months", "rate", "currency"),
    "transactions": ("transaction_id", "customer_id", "account_id", "happened_at", "amount", "kind",
                     "channel", "category", "counterparty", "balance_after"),
    "balances": ("customer_id", "account_id", "balance_on", "balance", "product", "currency"),
    "events": ("customer_id", "happened_at", "event", "session_id", "page", "source", "slot",
               "device", "result", "reason", "duration_s"),
    "contacts": ("campaign", "customer_id", "sent_at", "arm", "channel", "slot", "creative",
                 "seen_at", "clicked_at", "converted_at", "cost"),
    "hazard": ("customer_id", "month", "hazard"),
}  # fmt: skip
EXTRA_TITLES = {"branch": "开户网点"}
TRUE_HAZARD = "truth_hazard.tsv"
"""Not an extract but truth: tab-separated, so that no import of `*.csv` takes it for a table."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "customers.gender": {"female": "女", "male": "男"},
    "customers.region": {"Shanghai": "上海", "Suzhou": "苏州", "Hangzhou": "杭州",
                         "Nanjing": "南京", "Ningbo": "宁波", "Hefei": "合肥"},
    "customers.occupation": {"employee": "企业职员", "civil servant": "公务员",
                             "self-employed": "个体经营", "retired": "退休", "student": "学生",
                             "professional": "专业人士", "worker": "产业工人", "other": "其他"},
    "customers.customer_type": {k: t.zh for k, t in CUSTOMER_TYPES.items()},
    "customers.risk_level": {k: t.zh for k, t in RISK_LEVELS.items()},
    "customers.acquisition_channel": {"branch": "网点", "employer": "单位代发", "app_store": "应用商店",
                                      "referral": "客户推荐", "campaign": "营销活动"},
    "customers.consent": {"true": "是", "false": "否"},
    "accounts.product": TITLES, "accounts.product_group": GROUP_TITLES,
    "accounts.currency": {"CNY": "人民币"}, "balances.currency": {"CNY": "人民币"},
    "balances.product": TITLES, "transactions.kind": KINDS, "transactions.channel": CHANNELS,
    "transactions.category": CATEGORIES,
}  # fmt: skip
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def block_tables(
    block: Block, balances: pl.DataFrame, starts: list[str]
) -> dict[str, pl.DataFrame]:
    """The rows of every file that one finished block adds, ids in, working columns out."""
    ids = block.people["customer_id"]
    owner = pl.col("customer").map_batches(ids.gather, return_dtype=pl.String)
    account_ids = block.accounts["account_id"]
    account = pl.col("account").map_batches(account_ids.gather, return_dtype=pl.String)
    own = balances.with_columns(customer=block.accounts["customer"].gather(balances["account"]),
                                product=block.accounts["product"].gather(balances["account"]))  # fmt: skip
    currency = pl.lit("CNY").alias("currency")
    consent = pl.col("consent").cast(pl.String)
    made = {
        "customers": block.people.with_columns(consent),
        "accounts": block.accounts.sort("customer", maintain_order=True).with_columns(
            currency, customer_id=owner),
        "transactions": block.movements.with_columns(
            customer_id=owner, account_id=account, amount=pl.col("cents") / 100,
            balance_after=pl.col("balance_after") / 100),
        "balances": own.with_columns(currency, customer_id=owner, account_id=account,
                                     balance=pl.col("cents") / 100),
        "events": _by_customer(block.events, "happened_at").with_columns(
            customer_id=owner),
        "contacts": _by_customer(block.contacts, "sent_at").with_columns(
            customer_id=owner),
        "hazard": block.months.with_columns(
            customer_id=owner, hazard=(pl.col("hazard") * 1e6).round() / 1e6,
            month=pl.Series(starts).gather(block.months["month"])),
    }  # fmt: skip
    return {name: made[name].select(COLUMNS[name]) for name in COLUMNS}


def _by_customer(rows: pl.DataFrame, time: str) -> pl.DataFrame:
    order = np.lexsort((rows[time].to_physical().to_numpy(), rows["customer"].to_numpy()))
    return rows[order]


def header(table: str, headers: Headers) -> list[str]:
    """The header line of an extract: canonical names, or the Chinese titles of the columns."""
    if headers == "en":
        return list(COLUMNS[table])
    return [_title(table, name) for name in COLUMNS[table]]


def _title(table: str, name: str) -> str:
    if name in EXTRA_TITLES:
        return EXTRA_TITLES[name]
    return column(f"{table}.{name}").title.zh


def file_name(table: str) -> str:
    """The file that holds a table."""
    return TRUE_HAZARD if table == "hazard" else f"{table}.csv"


class BankFiles:
    """The open CSV files of a bank; rows are appended block by block.

    Args:
        out: folder to write into.
        headers: language of headers and values.
        encoding: of the files.
        words: Chinese words of the values of further columns, by `table.column`.
    """

    def __init__(self, out: Path, headers: Headers, encoding: str,
                 words: Mapping[str, Mapping[str, str]]) -> None:  # fmt: skip
        self.headers, self.encoding = headers, encoding
        self.words = {path: {**WORDS.get(path, {}), **words.get(path, {})}
                      for path in {*WORDS, *words}}  # fmt: skip
        self.words["balances.product"] = self.words["accounts.product"]
        self._files: dict[str, IO[bytes]] = {n: (out / file_name(n)).open("wb") for n in COLUMNS}
        for name, file in self._files.items():
            if name == "hazard":
                file.write(("\t".join(COLUMNS[name]) + "\n").encode())
            else:
                file.write((",".join(header(name, headers)) + "\n").encode(encoding))

    def append(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write the rows of one block."""
        for name, rows in tables.items():
            if name == "hazard":
                rows.write_csv(self._files[name], include_header=False, separator="\t",
                               float_precision=6)  # fmt: skip
                continue
            buffer = io.BytesIO()
            self._spoken(name, rows).write_csv(buffer, include_header=False, float_precision=2,
                                               datetime_format=TIME_FORMAT)  # fmt: skip
            data = buffer.getvalue()
            if self.encoding != "utf-8":
                data = data.decode().encode(self.encoding)
            self._files[name].write(data)

    def _spoken(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        if self.headers == "en":
            return rows
        return rows.with_columns(
            pl.col(name).cast(pl.String).replace(dict(self.words[f"{table}.{name}"]))
            for name in rows.columns if f"{table}.{name}" in self.words)  # fmt: skip

    def close(self) -> None:
        """Close every file."""
        for file in self._files.values():
            file.close()
