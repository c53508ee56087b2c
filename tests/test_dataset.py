"""The scope every analysis works in: as_of, population, currency, breakdown, and the locked door."""

from __future__ import annotations

import threading
from datetime import date

import duckdb
import polars as pl
import pytest

from analytics.dataset import Dataset, Population, Where
from analytics.text import UserError
from tests.banks import build_bank

AS_OF = date(2024, 6, 30)
HOSTILE = (
    "", " ", "a'b", 'a"b', '"; DROP TABLE customers; --', "customer_id\" --", "a`b", "a;b", "a--b",
    "/* x */", "SELECT", "customer_key", "group_name", "FROM customers", "a=b", "a!", "100%", "a%3Db",
    "=HYPERLINK(\"http://x\")", "**bold** [x](http://x)", "<script>", "\u202eabc", "𠮷野家", "{x}", "$1",
    "audience:vip", "gender",
)  # fmt: skip


def ids(data, population=None, by=None, sql="SELECT customer_id FROM customers ORDER BY 1"):
    with data.scope(AS_OF, population or Population(), by) as scope:
        return [row[0] if len(row) == 1 else row for row in scope.query(sql).rows()]


@pytest.mark.parametrize(("table", "rows", "column"), [
    ("transactions", [("ann", "2024-06-30T23:59:59.999999", 1), ("ann", "2024-07-01", 2)], "happened_at"),
    ("events", [("ann", "2024-06-30T23:59:59", "in"), ("ann", "2024-07-01T00:00:00", "out")], "happened_at"),
    ("balances", [("ann", "2024-06-30", 1), ("ann", "2024-07-01", 2)], "balance_on"),
    ("contacts", [("x", "ann", "2024-06-30T12:00"), ("x", "ann", "2024-07-01")], "sent_at"),
    ("feedback", [("ann", "2024-06-30T12:00", 9), ("ann", "2024-07-01", 1)], "happened_at"),
])  # fmt: skip
def test_as_of_holds_to_the_end_of_its_day(bank, table, rows, column):
    seen = ids(bank(**{table: rows}), sql=f"SELECT {column}::DATE FROM {table}")
    assert seen == [AS_OF]


def test_the_last_day_of_the_calendar_cuts_nothing(bank):
    data = bank(transactions=[("ann", "2024-06-30", 1)])
    with data.scope(date.max) as scope:
        assert scope.query("SELECT count(*) FROM transactions").item() == 1


PEOPLE = [
    {"customer_id": "ann", "region": "north", "gender": "f", "hobby": "chess"},
    {"customer_id": "bob", "region": "north", "gender": "m", "hobby": None},
    {"customer_id": "cy", "region": "south", "gender": "f", "hobby": "go"},
    {"customer_id": "dee", "region": None, "gender": "f", "hobby": "go"},
]


@pytest.mark.parametrize(("words", "kept"), [
    ([], "ann bob cy dee"), (["region=north"], "ann bob"), (["region=north", "region=south"], "ann bob cy"),
    (["region=north", "gender=f"], "ann"), (["region!=north"], "cy dee"), (["region="], "dee"),
    (["region!="], "ann bob cy"), (["hobby=go"], "cy dee"), (["region=nowhere"], ""),
    (["audience:vip=true"], "ann cy"), (["audience:vip=false"], "bob dee"), (["audience:vip!=true"], "bob dee"),
    (["audience:vip=true", "audience:old=true"], "cy"), (["region!=north", "region!=south"], "dee"),
])  # fmt: skip
def test_population(bank, words, kept):
    data = bank(customers=PEOPLE, audiences={"vip": ["ann", "cy", "gone"], "old": ["cy"]})
    population = Population.parse(words)
    assert ids(data, population) == kept.split()
    assert Population.parse(population.as_words()) == population


def test_population_cuts_every_table_and_rows_of_nobody_go_with_it(bank):
    data = bank(customers=PEOPLE, transactions=[(who, "2024-06-01", 1) for who in ("ann", "cy", None)],
                accounts=[("a1", "ann"), ("a2", "cy")])  # fmt: skip
    counts = "SELECT (SELECT count(*) FROM transactions), (SELECT count(*) FROM accounts)"
    assert ids(data, sql=counts) == [(3, 2)]
    assert ids(data, Population((Where("region", ("north",)),)), sql=counts) == [(1, 1)]


def test_breakdown_names_every_customer_of_the_population_once(bank):
    data = bank(customers=PEOPLE, audiences={"vip": ["ann"]})
    sql = """SELECT customer_id, group_name FROM customers JOIN customer_groups USING (customer_key)
             ORDER BY 1"""
    assert ids(data, by="region", sql=sql) == [
        ("ann", "north"), ("bob", "north"), ("cy", "south"), ("dee", None)]  # fmt: skip
    only = Population.parse(["gender=f"])
    assert ids(data, only, "audience:vip", sql) == [
        ("ann", "true"),
        ("cy", "false"),
        ("dee", "false"),
    ]
    assert ids(data, only, "audience:vip", "SELECT count(*) FROM customer_groups") == [3]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_attribute_names_and_values_are_only_text(bank, name):
    people = [{"customer_id": "ann", "gender": "f", name or "blank": name},
              {"customer_id": "bob", "gender": "m", name or "blank": "other"}]  # fmt: skip
    data = bank(customers=people, audiences={"vip": ["bob"]})
    key = next(g.key for g in data.groups().values() if g.title.en == (name or "blank")
               or g.key == name)  # fmt: skip
    population = Population((Where(key, (name,)),))
    assert Population.parse(population.as_words()) == population
    assert ids(data, population) == ["ann"]
    sql = "SELECT group_name FROM customer_groups ORDER BY customer_key"
    assert ids(data, by=key, sql=sql) == [name, "other"]
    assert ids(data, Population.parse(["audience:vip=true"])) == ["bob"]


def test_an_attribute_does_not_hide_a_column_of_the_same_name(bank):
    data = bank(customers=[{"customer_id": "ann", "gender": "f", "x": "1"}])
    data.manifest["tables"]["customers"]["attributes"]["a0"] = "gender"  # a second column 'gender'
    values = {key: ids(data, by=key, sql="SELECT group_name FROM customer_groups")
              for key in data.groups()}  # fmt: skip
    assert values == {"gender": ["f"], "gender *": ["1"]}


@pytest.mark.parametrize("word", ["region", "=north", "!=north", ""])
def test_a_condition_that_says_nothing_is_refused(word):
    with pytest.raises(UserError, match="expected attribute=value"):
        Population.parse([word])


def test_unknown_group_names_the_known_ones(bank):
    data = bank(customers=PEOPLE)
    with pytest.raises(UserError, match="expected one of region, gender, hobby"), data.scope(
            AS_OF, Population.parse(["colour=red"])):  # fmt: skip
        pass


def test_one_currency_and_those_that_name_none(bank):
    rows = [("CNY", 1), ("CNY", 2), ("it's", 4), (None, 8)]
    data = bank(transactions=[{"customer_id": "ann", "happened_at": "2024-06-01", "amount": a,
                               "currency": c} for c, a in rows])  # fmt: skip
    assert data.currency == "CNY"
    assert ids(data, sql="SELECT sum(amount)::INTEGER FROM transactions") == [11]


def test_a_hostile_currency_is_only_text(bank):
    data = bank(transactions=[{"customer_id": "ann", "happened_at": "2024-06-01", "amount": 1,
                               "currency": c} for c in ("o'o' OR 1=1", "o'o' OR 1=1", "x")])  # fmt: skip
    assert ids(data, sql="SELECT count(*) FROM transactions") == [2]


@pytest.mark.parametrize("sql", [
    "SELECT * FROM read_csv('/etc/hostname')", "SELECT * FROM read_text('/etc/hostname')",
    "SET memory_limit='1TB'", "ATTACH '/etc/hostname' AS x", "INSTALL httpfs", "SELECT * FROM frame",
    "DELETE FROM bank.main.customers", "COPY bank.main.customers TO 'out.csv'",
    "SET enable_external_access=true",
])  # fmt: skip
def test_the_door_is_locked(bank, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pl.DataFrame({"a": [1]})
    data = bank(customers=["ann"])
    with pytest.raises(duckdb.Error):
        data.query(sql)
    assert frame.height == 1
    assert ids(data) == ["ann"]


def test_scopes_of_many_threads_do_not_see_each_other(bank):
    data = bank(customers=[(f"c{n:02d}", "2020-01-01", f"r{n % 4}") for n in range(40)])
    seen: dict[int, list[str]] = {}

    def ask(n: int) -> None:
        for _ in range(5):
            seen[n] = ids(data, Population((Where("region", (f"r{n}",)),)))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {n: [f"c{i:02d}" for i in range(n, 40, 4)] for n in range(4)}


def test_interrupt_stops_a_query_and_leaves_the_dataset_usable(bank):
    data = bank(customers=["ann"])

    def endless():
        with data.scope(AS_OF) as scope:
            threading.Timer(0.3, scope.interrupt).start()
            scope.query("SELECT count(*) FROM range(100000000000) a")

    with pytest.raises(UserError, match="Stopped"):
        endless()
    assert ids(data) == ["ann"]


def test_steps_are_kept_for_how_this_was_computed(bank):
    with bank(customers=["ann"]).scope(AS_OF) as scope:
        scope.query("SELECT 1", step="one")
        scope.execute("CREATE TEMP TABLE t AS SELECT 2 AS x")
        assert scope.query("SELECT x FROM t WHERE x = $x", x=2).item() == 2
        assert scope.sql().splitlines()[:2] == ["-- one", "SELECT 1"]


ROWS = [("ann", "2024-06-01", 1), ("bob", "2024-06-02", 2), ("cy", "2024-06-03", 3)]


@pytest.mark.parametrize(("rows", "same"), [
    (ROWS, True), (ROWS[::-1], True), (ROWS[:2], False), ([*ROWS[:2], ("cy", "2024-06-03", 4)], False),
    ([*ROWS, ROWS[0]], False),
])  # fmt: skip
def test_fingerprint_is_of_the_content(bank, rows, same):
    first, second = bank(transactions=ROWS), bank(transactions=rows)
    assert (first.fingerprint == second.fingerprint) is same


def test_default_as_of_is_the_day_by_which_nearly_all_has_happened(bank):
    rows = [("ann", "2024-06-30", 1)] * 1999 + [("ann", "2031-01-01", 1)]
    assert bank(transactions=rows).default_as_of == AS_OF


def test_closed_dataset_opens_again_and_a_deleted_one_says_so(tmp_path):
    data = build_bank(tmp_path / "b", customers=["ann"])
    data.close()
    assert ids(Dataset(data.path)) == ["ann"]
    assert ids(data) == ["ann"]
    data.close()
    data.path.unlink()
    with pytest.raises(UserError, match="has been deleted"):
        data.query("SELECT 1")


def test_rows_dated_after_the_import_are_in_no_scope(bank):
    data = bank(transactions=[("ann", "2024-06-01", 1), ("ann", "2099-01-01", 2)])
    data.manifest["imported_on"] = "2024-06-30"
    with data.scope(date(2100, 1, 1)) as scope:
        assert scope.query("SELECT count(*) FROM transactions").item() == 1
