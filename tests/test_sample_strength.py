"""The invented bank plants its truths at a strength where a good method finds them, a naive one not.

The methods are those of tests/bank_strength.py; they see the CSV files only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sample_data.generate import write_bank
from sample_data.write import TRUE_HAZARD
from tests.bank_strength import Bank, churn_strength, segment_strength, stage_agreement


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bank(tmp_path_factory.mktemp("bank"), 1500, months=30, seed=5)


@pytest.fixture(scope="module")
def bank(folder: Path) -> Bank:
    return Bank(folder)


@pytest.mark.parametrize(("customers", "seed"), [(2000, 1), (2500, 2), (3000, 3)])
def test_segments_are_found_by_behaviour_and_not_by_rfm(
    tmp_path: Path, customers: int, seed: int
) -> None:
    found = segment_strength(Bank(write_bank(tmp_path, customers, months=24, seed=seed)))
    assert found["wide"] >= 0.9
    assert found["narrow"] >= 0.85
    assert max(found["naive"], found["scaled_rfm"], found["yeo_rfm"]) < 0.6
    assert found["ceiling"] >= 0.95


def test_the_plain_rule_agrees_with_settled_stages(bank: Bank) -> None:
    assert stage_agreement(bank)["agreement"] >= 0.95


def test_leaving_is_foreseen_by_drivers_and_not_by_recency(tmp_path: Path) -> None:
    found = churn_strength(Bank(write_bank(tmp_path, 7000, months=24, seed=4)), tmp_path)
    assert found["boosting"] >= 3
    assert found["recency"] < 0.6 * found["boosting"]
    assert found["true_hazard"] >= found["boosting"] * 0.9


def test_the_true_hazard_is_the_rate_at_which_customers_leave(folder: Path, bank: Bank) -> None:
    hazard = pl.read_csv(folder / TRUE_HAZARD, separator="\t")["hazard"].sum()
    leavers = len(bank.truth["churned"])
    assert abs(leavers - hazard) < 4 * np.sqrt(hazard)
