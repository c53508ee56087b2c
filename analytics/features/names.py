"""What an extract's own names mean: kinds of product, and the channels and kinds worth a column.

Products are recognised by words, in English and Chinese, because no extract says "this is a term
deposit" in a column of its own. What is not recognised is a balance like any other.

Channels, kinds, categories and app events are the bank's own: each frequent one becomes a share,
named in the extract's words, so that a bank with other words loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from analytics.dataset import Scope
from analytics.features.feature import SHARE, Feature, Part
from analytics.spoken import said
from analytics.text import Text

PRODUCT_WORDS = {
    "loan": r"loan|mortgage|overdraft|credit line|贷款|按揭|房贷|消费贷|经营贷|uver",
    "card": r"card|信用卡|贷记卡|银行卡|借记卡",
    "term": r"term|fixed|time deposit|certificate|\bcd\b|定期|定存|大额存单|通知存款|整存",
    "wealth": r"wealth|fund|invest|securit|brokerage|bond|insurance|理财|基金|投资|证券|国债|保险|资管|信托",
    "savings": r"saving|储蓄",
}  # the first that fits, so that a "term loan" is a loan
SALARY = r"salary|payroll|wage|pension|stipend|工资|薪资|薪水|代发|奖金|养老金|退休金|duchod"
MOST_NAMES, LEAST_SHARE = 60, 0.01  # free text is no list of names; a rare name is no habit
TAKEN = {"channel": 8, "kind": 14, "category": 10, "event": 0}
WORDS = {
    "channel": (Text("Share by channel {name}", "{name}渠道占比"),
                Text("Movements by this channel as a share.", "经该渠道的交易笔数占比。")),
    "kind": (Text("Share of {name}", "{name}占比"),
             Text("Movements of this kind as a share.", "该类型的交易笔数占比。")),
    "category": (Text("Share in category {name}", "{name}类占比"),
                 Text("Movements of this category as a share.", "该类别的交易笔数占比。")),
}  # fmt: skip
SOURCES: dict[str, tuple[Part, str, tuple[str, ...]]] = {
    "channel": ("movements", "channel", ("transactions.channel",)),
    "kind": ("movements", "name", ("transactions.kind|transactions.category",)),
    "category": ("movements", "category", ("transactions.kind", "transactions.category")),
}


def product_class(name: str) -> str | None:
    """The sort of product a name stands for; None for current accounts and all others.

    >>> [product_class(n) for n in ("Term deposit 6m", "定期存款", "current_account", "Home loan")]
    ['term', 'term', None, 'loan']
    """
    words = name.replace("_", " ").lower()
    return next((kind for kind, sign in PRODUCT_WORDS.items() if re.search(sign, words)), None)


def by_class(names: Iterable[str]) -> dict[str, list[str]]:
    """Names of products by their class; every class is there, an unknown one nowhere."""
    found: dict[str, list[str]] = {kind: [] for kind in PRODUCT_WORDS}
    for name in names:
        if kind := product_class(name):
            found[kind].append(name)
    return found


def is_salary(name: str) -> bool:
    """Whether a kind of movement pays a salary or pension in."""
    return re.search(SALARY, name.lower()) is not None


def shares(scope: Scope, families: Iterable[str]) -> list[Feature]:
    """A share per frequent channel, kind and category of the movements (table `movements`)."""
    found: list[Feature] = []
    for family in families:
        if all(any(scope.data.has(p) for p in one.split("|")) for one in SOURCES[family][2]):
            found += [
                _share(family, place, name) for place, name in enumerate(_names(scope, family))
            ]
    return found


def _names(scope: Scope, family: str) -> list[str]:
    """Frequent names, the most frequent first; none where there are too many to be names."""
    part, column, _ = SOURCES[family]
    rows = scope.query(f"""
        SELECT {column} AS name, count(*) AS rows FROM {part} WHERE {column} IS NOT NULL
        GROUP BY 1 ORDER BY 2 DESC, 1
        """, step=f"names of each {family}")  # fmt: skip
    if rows.height > MOST_NAMES or rows.height < 2:
        return []
    frequent = rows.filter(pl.col("rows") >= LEAST_SHARE * pl.col("rows").sum())
    return frequent["name"].head(TAKEN[family]).to_list()


def _share(family: str, place: int, name: str) -> Feature:
    part, column, needs = SOURCES[family]
    title, definition = WORDS[family]
    key = f"{family}_{place + 1}_share"
    quoted = Text(f"“{name}”", f"“{said(name, 'zh')}”")
    return Feature(
        key=key, title=title.fill(name=quoted), definition=definition, unit=SHARE, part=part,
        sql=f"coalesce(avg(({column} = ${key})::INTEGER), 0)", needs=needs, values={key: name},
        of_data=True)  # fmt: skip
