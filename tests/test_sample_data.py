"""The invented bank: same bytes, books to the cent, true silence.

How strongly segments, stages and leaving are planted is tested in test_sample_strength.py; what
`rules`, `journeys`, `campaigns` and `anomalies` promise in test_sample_truths.py.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.schema import TABLES
from analytics.text import UserError
from sample_data import calendar, generate, world
from sample_data.generate import write_bank
from sample_data.world import SYSTEM_KINDS, Plan
from sample_data.write import COLUMNS, TRUE_HAZARD, WORDS, file_name
from tests.bank_strength import Bank

REPOSITORY = Path(__file__).parent.parent
FILES = ("customers", "accounts", "transactions", "balances", "events", "contacts")


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bank(tmp_path_factory.mktemp("bank"), 900, months=26, seed=3)


@pytest.fixture(scope="module")
def bank(folder: Path) -> Bank:
    return Bank(folder)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(tmp_path: Path) -> None:
    one, two, other = (digest(write_bank(tmp_path / name, 120, months=5, seed=seed))
                       for name, seed in (("one", 1), ("two", 1), ("other", 2)))  # fmt: skip
    assert one == two
    assert set(one) == {file_name(table) for table in COLUMNS} | {"truth.json"}
    changed = {name for name in one if one[name] != other[name]}
    assert changed >= {"customers.csv", "accounts.csv", "transactions.csv", "balances.csv"}


def test_a_bank_of_several_blocks_has_unique_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "BLOCK", 70)
    monkeypatch.setattr(generate, "BLOCK", 70)
    made = Bank(write_bank(tmp_path, 150, months=4))
    assert made.customers["customer_id"].to_list() == [f"{i:08d}" for i in range(1, 151)]
    assert made.transactions["transaction_id"].is_unique().all()
    assert made.accounts["account_id"].is_unique().all()
    assert set(made.truth["segments"]) == set(made.customers["customer_id"])
    owners = set(made.customers["customer_id"])
    for rows in (made.accounts, made.transactions, made.balances, made.events):
        assert set(rows["customer_id"]) <= owners


@pytest.mark.parametrize("customers", [1, 2, 7])
def test_a_tiny_bank_is_a_bank(tmp_path: Path, customers: int) -> None:
    truth = json.loads((write_bank(tmp_path, customers, months=3) / "truth.json").read_text())
    assert len(truth["segments"]) == len(truth["stages"]) == customers


@pytest.mark.parametrize(
    ("customers", "months", "without", "said"),
    [
        (0, 36, frozenset(), "customers = 0: expected 1 to 5,000,000."),
        (10, 2, frozenset(), "months = 2: expected 3 to 120."),
        (10, 36, frozenset({"segment"}), "Cannot leave out segment; expected some of segments, "
         "sequences, rules, anomalies, campaigns."),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_in_words(
    tmp_path: Path, customers: int, months: int, without: frozenset[str], said: str
) -> None:
    with pytest.raises(UserError) as refused:
        write_bank(tmp_path, customers, months=months, without=without)
    assert refused.value.text.en == said


@pytest.mark.parametrize("part", world.PARTS)
def test_each_part_can_be_left_out(tmp_path: Path, part: str) -> None:
    path = write_bank(tmp_path, 200, months=6, without=frozenset({part}))
    truth = json.loads((path / "truth.json").read_text())
    planted = truth[part]
    if part == "segments":
        assert set(planted.values()) == {"everyone"}
    else:
        assert not planted


# -- the files -------------------------------------------------------------------------------------
def test_columns_are_canonical_and_the_branch_is_an_attribute() -> None:
    for table in FILES:
        known = {c.name for c in TABLES[table].columns}
        assert set(COLUMNS[table]) - known == ({"branch"} if table == "customers" else set())


def test_chinese_files_hold_the_same_rows_in_chinese(tmp_path: Path) -> None:
    english = write_bank(tmp_path / "en", 60, months=4)
    chinese = write_bank(tmp_path / "zh", 60, months=4, headers="zh")
    for table in FILES:
        ours = (english / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        theirs = (chinese / f"{table}.csv").read_text(encoding="gb18030").splitlines()
        assert len(ours) == len(theirs)
        titles = [c.title.zh for c in TABLES[table].columns if c.name in COLUMNS[table]]
        assert set(titles) <= set(theirs[0].split(","))
    rows = pl.read_csv(english / "transactions.csv")
    said = (chinese / "transactions.csv").read_text(encoding="gb18030")
    assert rows["kind"][0] not in said
    assert WORDS["transactions.kind"][rows["kind"][0]] in said


def test_every_value_of_a_category_has_a_chinese_word(tmp_path: Path) -> None:
    path = write_bank(tmp_path, 400, months=12, headers="zh")
    spoken = {"events": ("event", "page", "source", "result"), "accounts": ("product", "product_group"),
              "transactions": ("kind", "channel", "category"), "customers": COLUMNS["customers"][3:10]}  # fmt: skip
    for table, columns in spoken.items():
        text = (path / f"{table}.csv").read_text(encoding="gb18030")
        rows = pl.read_csv(text.encode(), infer_schema=False)
        place = {name: i for i, name in enumerate(COLUMNS[table])}
        for name in columns:
            values = rows.to_series(place[name]).drop_nulls().unique().to_list()
            plain = [v for v in values if v and v.isascii()]
            assert not plain, (table, name, plain)


# -- the books -------------------------------------------------------------------------------------
def cents(column: pl.Expr) -> pl.Expr:
    return (column * 100).round().cast(pl.Int64)


def test_balance_after_follows_from_the_movements_to_the_cent(bank: Bank) -> None:
    rows = bank.transactions.sort("account_id", "happened_at")
    step = cents(pl.col("balance_after")).diff().over("account_id")
    wrong = rows.with_columns(step=step).filter(pl.col("step") != cents(pl.col("amount")))
    assert wrong.is_empty()
    assert rows.select(pl.struct("account_id", "happened_at").is_unique().all()).item()


def test_month_end_balances_equal_the_last_balance_after(bank: Bank) -> None:
    last = bank.transactions.select("account_id", "happened_at", "balance_after",
                                    day=pl.col("happened_at").dt.date()).sort("happened_at")  # fmt: skip
    held = bank.balances.sort("balance_on").join_asof(
        last, left_on="balance_on", right_on="day", by="account_id", check_sortedness=False)  # fmt: skip
    seen = held.filter(pl.col("balance_after").is_not_null())
    assert seen.height > 0.5 * held.height
    assert seen.filter(cents(pl.col("balance")) != cents(pl.col("balance_after"))).is_empty()


def test_deposits_never_go_below_zero_and_debts_never_above(bank: Bank) -> None:
    lowest = bank.transactions.join(bank.accounts.select("account_id", "product_group"), on="account_id"
                                    ).group_by("product_group").agg(
        low=pl.col("balance_after").min(), high=pl.col("balance_after").max())  # fmt: skip
    for group, low, high in lowest.iter_rows():
        assert (high <= 0) if group in ("card", "loan") else (low >= 0), (group, low, high)


def test_closed_accounts_end_at_zero(bank: Bank) -> None:
    closed = bank.accounts.filter(
        pl.col("closed_on").is_not_null() & (pl.col("product_group") == "deposit")
    )
    last = bank.transactions.sort("happened_at").group_by("account_id").agg(
        pl.col("balance_after").last())  # fmt: skip
    ends = closed.join(last, on="account_id")
    assert ends.height > 20
    assert (ends["balance_after"] == 0).all()


def test_own_transfers_sum_to_nothing(bank: Bank) -> None:
    """Both legs of a move between own accounts are in the extract."""
    own = bank.transactions.filter(
        pl.col("kind").is_in(["own_transfer", "wealth_buy", "wealth_sell", "term_open", "payout"])
    )
    sums = own.group_by("customer_id", "kind").agg(cents(pl.col("amount")).sum())
    assert (sums["amount"] == 0).all()


# -- days ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 1, 28), False),  # Spring Festival's eve, a Tuesday
        (date(2025, 1, 26), True),  # a Sunday that is worked
        (date(2025, 2, 8), True),  # a Saturday that is worked
        (date(2024, 2, 17), False),
        (date(2024, 10, 7), False),
        (date(2023, 10, 7), True),  # a Saturday that is worked
        (date(2025, 6, 14), False),  # a plain Saturday
        (date(2025, 6, 16), True),
    ],
)
def test_working_days_follow_the_published_calendar(day: date, working: bool) -> None:
    assert calendar.is_working(np.array([calendar.number(day)])) == [working]


def test_salaries_come_once_a_month_on_working_days(bank: Bank) -> None:
    pay = bank.transactions.filter(pl.col("kind") == "salary", pl.col("counterparty").is_not_null())
    days = pay["happened_at"].dt.date()
    assert calendar.is_working(days.to_physical().to_numpy()).all()
    month = pay.select("customer_id", pl.col("happened_at").dt.truncate("1mo"))
    assert month.is_unique().mean() > 0.98
    assert (days.dt.day() >= 24).mean() > 0.5


def test_nobody_does_anything_while_dormant_or_gone(bank: Bank) -> None:
    """Silence is true: only the bank itself still books or sends something."""
    acts = pl.concat([
        bank.acts.select("customer_id", "happened_at"),
        bank.events.filter(pl.col("source") != "system").select("customer_id", "happened_at"),
    ])  # fmt: skip
    last = dict(acts.group_by("customer_id").agg(pl.col("happened_at").max().dt.date()).iter_rows())
    truth = bank.truth
    for customer, left in truth["churned"].items():
        assert last[customer] <= date.fromisoformat(left), customer
    for customer, spells in truth["spells"].items():
        since, stage = spells[-1]
        if stage in ("dormant", "lost"):
            assert last[customer] < date.fromisoformat(since), customer
        if stage == "opened":
            assert customer not in last


def test_spells_are_in_order_and_end_in_the_stage(bank: Bank) -> None:
    allowed = {"opened": {"activated"}, "activated": {"active"}, "active": {"dormant", "lost"},
               "dormant": {"lost", "reactivated"}, "lost": {"reactivated"},
               "reactivated": {"active", "dormant", "lost"}}  # fmt: skip
    for customer, spells in bank.truth["spells"].items():
        days, stages = zip(*spells, strict=True)
        assert sorted(set(days)) == list(days), customer
        assert all(b in allowed[a] for a, b in pairwise(stages)), stages
        assert bank.truth["stages"][customer] == stages[-1]


def test_months_end_on_the_last_day(bank: Bank) -> None:
    assert bank.as_of == date(2025, 12, 31)
    assert Plan(1, 24).start == date(2024, 1, 1)
    assert bank.balances["balance_on"].max() == bank.as_of
    assert bank.transactions["happened_at"].max().date() <= bank.as_of
    ends = bank.balances["balance_on"].unique()
    assert ((ends + timedelta(days=1)).dt.day() == 1).all()
    assert set(bank.acts["kind"]).isdisjoint(SYSTEM_KINDS)


# -- the committed bank ----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_committed_bank_is_what_the_command_makes(tmp_path: Path, language: str) -> None:
    committed = REPOSITORY / "sample_data" / f"bank_{language}"
    made = write_bank(tmp_path, 600, months=24, headers=language)
    names = {p.name.removesuffix(".gz") for p in committed.iterdir()}
    assert names == {p.name for p in made.iterdir()} - {TRUE_HAZARD}
    for path in committed.iterdir():
        stored = path.read_bytes()
        if path.suffix == ".gz":
            stored = gzip.decompress(stored)
        assert stored == (made / path.name.removesuffix(".gz")).read_bytes(), path.name


def test_the_committed_bank_is_small() -> None:
    size = sum(p.stat().st_size for p in (REPOSITORY / "sample_data").rglob("*") if p.is_file())
    assert size < 8_000_000
