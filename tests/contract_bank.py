"""The small bank the contract is tried on, and the names that break careless code.

It feeds every canonical table, so that any analysis of the registry has something to say.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

AS_OF = date(2024, 6, 30)
FIRST_DAY = date(2023, 7, 2)
KINDS = ("transfer", "POS purchase", "ATM withdrawal", "salary", "interest", "refund", "消费", None)
EVENTS = ("login", "view_deposit", "search", "open_deposit", "logout")

HOSTILE = (
    'a"b', "a'b", "a`b", "a;b", "a--b", "a/*b*/", "'); DROP TABLE customers; --", "$name", "{name}",
    "%s", "**bold**", "[link](http://a.example)", "<img src=x>", "$x^2$", ":material/delete:",
    "=HYPERLINK(1)", "+1+1", "-1-1", "@SUM(1)", "\u202egnp.exe", "𠮷𠮷", "😀", " ", "select",
    'customer_id" --',
)  # fmt: skip


def tables(customers: int = 60, seed: int = 7) -> dict[str, list[dict[str, Any]]]:
    """Rows of every canonical table; the same for the same arguments."""
    draw = random.Random(seed)
    ids = [f"K{n:04}Q" for n in range(customers)]
    found = {
        "customers": [_customer(draw, one) for one in ids],
        "accounts": [{"account_id": f"A{one}", "customer_id": one, "product": draw.choice(["current", "term"]),
                      "opened_on": date(2022, 1, 1)} for one in ids] + _further_accounts(ids, seed),
        "transactions": [row for one in ids for row in _transactions(draw, one)],
        "balances": [{"account_id": f"A{one}", "balance_on": date(2024, month, 28),
                      "balance": round(draw.lognormvariate(8, 1), 2)} for one in ids for month in range(1, 7)],
        "events": [row for one in ids for row in _events(draw, one)],
        "contacts": [{"campaign": "spring", "customer_id": one, "sent_at": datetime(2024, 4, 1),
                      "arm": draw.choice(["control", "offer"])} for one in ids],
        "feedback": [{"customer_id": one, "happened_at": datetime(2024, 5, 1), "score": draw.randrange(11)}
                     for one in ids[::3]],
        "risk": [{"customer_id": one, "risk_score": draw.random(), "grade": draw.choice("ABC")} for one in ids],
    }  # fmt: skip
    for row in found["accounts"]:
        row["product_group"] = "deposit" if row["product"] in ("current", "term") else "other"
    for number, row in enumerate(found["transactions"]):
        row |= {"basket_id": f"B{number // 3}", "item": ("tea", "milk", "bread")[number % 3]}
    return found


def _further_accounts(ids: list[str], seed: int) -> list[dict[str, Any]]:
    """A card for half of the customers, insurance for most of these and few others, funds at random.

    Drawn apart, so that the other tables stay as they are.
    """
    draw, found = random.Random(f"accounts {seed}"), []
    for one in ids:
        card = draw.random() < 0.5
        chances = {"card": 1.0 * card, "insurance": 0.85 if card else 0.06, "fund": 0.3}
        found += [{"account_id": f"A{one}-{product}", "customer_id": one, "product": product,
                   "opened_on": date(2022, 6, 1) if product == "card" else date(2024, 2, 1)}
                  for product, chance in chances.items() if draw.random() < chance]  # fmt: skip
    return found


def _customer(draw: random.Random, one: str) -> dict[str, Any]:
    return {"customer_id": one, "opened_on": date(2022, 1, 1), "birth_year": draw.randrange(1950, 2003),
            "region": draw.choice(["North", "South", None]), "gender": draw.choice("FM"),
            "tier": draw.choice(["gold", "silver"])}  # fmt: skip


def _moment(draw: random.Random) -> datetime:
    minutes = (AS_OF - FIRST_DAY).days * 24 * 60
    return datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(
        minutes=draw.randrange(minutes)
    )


def _transactions(draw: random.Random, one: str) -> list[dict[str, Any]]:
    return [{"customer_id": one, "account_id": f"A{one}", "happened_at": _moment(draw),
             "transaction_id": f"T{one}{n}", "amount": round(draw.gauss(0, 500), 2),
             "kind": draw.choice(KINDS), "channel": draw.choice(["app", "branch"]),
             "category": draw.choice(["food", "rent"])} for n in range(draw.randrange(1, 25))]  # fmt: skip


def _events(draw: random.Random, one: str) -> list[dict[str, Any]]:
    return [{"customer_id": one, "happened_at": _moment(draw), "event": draw.choice(EVENTS),
             "result": draw.choice(["success", "failure"])} for _ in range(draw.randrange(1, 15))]  # fmt: skip


def hostile_tables() -> dict[str, list[dict[str, Any]]]:
    """The same bank with hostile attribute names, group values and kinds in place of plain ones.

    The n-th plain name always becomes the same hostile one, so the numbers must not change.
    """
    found = tables()
    for number, row in enumerate(found["customers"]):
        for place, name in enumerate(HOSTILE):
            row[name] = HOSTILE[(number + place) % len(HOSTILE)]
    for row in found["transactions"]:
        if row["kind"] in ("transfer", "POS purchase"):
            row["kind"] = HOSTILE[0] if row["kind"] == "transfer" else HOSTILE[6]
    return found
