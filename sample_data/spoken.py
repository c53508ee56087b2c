"""The planted truth in the words of the files: truth.json of a Chinese bank names Chinese values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COLUMNS = ("accounts.product", "events.event", "contacts.campaign", "contacts.arm",
           "transactions.kind")  # fmt: skip


def spoken(truth: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The truth with every value of a column of the files in the words written there.

    Args:
        truth: what the planted parts say of the whole bank.
        words: Chinese words of the values, by `table.column`.

    >>> spoken({"rules": [{"antecedent": ["etc_pass"], "lift": 2.8}]},
    ...        {"accounts.product": {"etc_pass": "ETC通行卡"}})
    {'rules': [{'antecedent': ['ETC通行卡'], 'lift': 2.8}]}
    """
    known = {word: told for path in COLUMNS for word, told in words.get(path, {}).items()}

    def say(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {known.get(key, key): say(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [say(inner) for inner in value]
        return known.get(value, value) if isinstance(value, str) else value

    return {key: say(value) for key, value in truth.items()}
