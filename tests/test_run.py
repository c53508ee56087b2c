"""A headless run: its JSON, its files, and the line that repeats it."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from analytics.dataset import Population
from analytics.privacy import Gate
from analytics.rfm import RfmParams
from analytics.run import command_line, run_analysis
from analytics.text import UserError

AS_OF = date(2024, 6, 30)


@pytest.fixture
def data(bank):
    return bank(customers=[("ann", None, "North"), ("bob", None, "South")],
                transactions=[("ann", "2024-06-30", 10), ("bob", "2024-06-01", -5)])  # fmt: skip


def test_json_is_the_contract(data):
    params = RfmParams(lookback_days=30, kinds=("POS", "ATM"), by="region")
    run = run_analysis("rfm", data, params, AS_OF, Population.parse(["region!=South"]))
    record = json.loads(run.as_json())
    assert record["analysis"] == "rfm"
    assert record["dataset"] == "test bank"
    assert record["fingerprint"] == data.fingerprint
    assert record["as_of"] == "2024-06-30"
    assert record["params"]["kinds"] == ["POS", "ATM"]
    assert record["population"] == ["region!=South"]
    assert record["tables"]["rfm"] == 0  # no such kind


def test_defaults_are_the_datasets_own(data):
    run = run_analysis("rfm", data)
    assert (run.as_of, run.params) == (data.default_as_of, RfmParams())


def test_command_line_is_safe_to_paste(data):
    params = RfmParams(by="a b; rm", lookback_days=None)
    run = run_analysis("rfm", data, None, AS_OF, Population.parse(["region=North"]))
    line = command_line(replace(run, params=params), "$(bank) 一")
    assert shlex.split(line) == [
        "tidemark", "run", "rfm", "--data", "$(bank) 一", "--as-of", "2024-06-30",
        "--where", "region=North", "--set", "lookback_days=none", "--set", "by=a b; rm"]  # fmt: skip


def test_files_hold_pseudonyms_unless_real_ids_are_asked_for(data, tmp_path):
    run = run_analysis("rfm", data, None, AS_OF)
    secret = b"one"
    run.write(tmp_path / "masked", Gate(secret))
    run.write(tmp_path / "real", Gate(secret, real_ids=True))
    masked, real = (pl.read_parquet(tmp_path / f / "rfm.parquet") for f in ("masked", "real"))
    assert real["customer_id"].to_list() == ["ann", "bob"]
    assert masked["customer_id"].to_list() == [Gate(secret).pseudonym(c) for c in ("ann", "bob")]
    assert masked.drop("customer_id").equals(real.drop("customer_id"))
    text = pl.read_csv(tmp_path / "real" / "rfm.csv", schema_overrides={"monetary": pl.String})
    assert [Decimal(m) for m in text["monetary"]] == [10, 5]


@pytest.mark.parametrize(("tables", "missing"), [
    ({"customers": ["ann"]}, "Transactions: Time"),
    ({"events": [("ann", "2024-06-01", "login")]}, "Transactions: Amount"),
])  # fmt: skip
def test_a_blocked_run_names_what_is_missing(bank, tables, missing):
    with pytest.raises(UserError, match=missing) as refused:
        run_analysis("rfm", bank(**tables))
    assert "交易流水" in refused.value.text.zh


def test_an_unknown_analysis_is_refused(data):
    with pytest.raises(UserError, match="expected one of rfm"):
        run_analysis("rmf", data)
