"""Classes: planted types are told from behaviour, shuffled ones are not, and the figures add up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from analytics import evaluation
from analytics.classes import MODELS, ClassesParams, compute, members
from analytics.text import UserError
from tests.banks import build_bank

AS_OF = date(2024, 6, 30)
CUSTOMERS = 240


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """Shops are paid often and by card; the others draw money now and then; a sixth has no type."""
    draw, rows, people = np.random.default_rng(5), [], []
    for number in range(CUSTOMERS):
        shop, known = number % 3 == 0, number % 6 != 5
        one = f"c{number:03}"
        people.append({"customer_id": one, "customer_type": ("shop" if shop else "person") if known else None,
                       "luck": str(draw.choice(["red", "blue"]))})  # fmt: skip
        for _ in range(int(draw.integers(8, 14) if shop else draw.integers(4, 10))):
            when = AS_OF - timedelta(days=int(draw.integers(0, 300)))
            rows.append({"customer_id": one, "happened_at": when, "kind": "card" if shop and draw.random() < 0.7 else "cash",
                         "amount": float(draw.lognormal(4, 0.5)) * (1 if shop else -1)})  # fmt: skip
    data = build_bank(tmp_path_factory.mktemp("shops"), customers=people, transactions=rows)
    yield data
    data.close()


@pytest.fixture(scope="module")
def found(shops):
    return compute(shops, ClassesParams(), AS_OF)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_tells_a_planted_type(found, model):
    assert found.learnt[model].board.roc_auc > 0.95
    assert found.target == "shop"


def test_a_label_without_meaning_is_said_to_be_chance(shops):
    result = compute(shops, ClassesParams(label="luck"), AS_OF)
    assert 0.3 < result.chosen.board.roc_auc < 0.7


def test_precision_and_recall_are_scikit_learns(found):
    judged = found.customers.filter(status="judged")
    truth, said = judged["truth"].to_list(), judged["predicted"].to_list()
    labels = found.tables["classes"]["class"].to_list()
    precision, recall, f1, sizes = precision_recall_fscore_support(truth, said, labels=labels)
    rows = found.tables["classes"]
    assert rows["precision"].to_list() == pytest.approx(precision.tolist())
    assert rows["recall"].to_list() == pytest.approx(recall.tolist())
    assert rows["f1"].to_list() == pytest.approx(f1.tolist())
    assert rows["customers"].to_list() == sizes.tolist()
    counted = found.tables["confusion"]["customers"].to_numpy().reshape(2, 2)
    assert counted.tolist() == confusion_matrix(truth, said, labels=labels).tolist()


def test_no_judged_customer_was_taught(found):
    status = dict(found.customers.group_by("status").len().iter_rows())
    assert sum(status.values()) == CUSTOMERS
    assert status["unlabelled"] == CUSTOMERS // 6
    assert found.tables["predictions"].filter(status="taught").is_empty()


def test_the_capacity_is_the_number_flagged(shops):
    result = compute(shops, ClassesParams(capacity=7), AS_OF)
    assert result.customers["flagged"].sum() == 7
    assert result.tables["predictions"].head(7)["flagged"].all()


def test_who_has_no_type_is_given_the_right_one(found):
    told = found.customers.filter(status="unlabelled")
    shop = [int(one[1:]) % 3 == 0 for one in told["customer_id"]]
    right = [(said == "shop") == real for said, real in zip(told["predicted"], shop, strict=True)]
    assert np.mean(right) > 0.9


def test_taught_on_an_earlier_day(shops):
    result = compute(shops, ClassesParams(split="time", split_days=60), AS_OF)
    assert result.chosen.board.roc_auc > 0.9
    assert "2024-05-01" in result.chosen.board.held_out.en


def test_what_tells_the_type_comes_first(found):
    first = found.tables["importance"]["feature"][0]
    assert first in (
        "credit_share",
        "money_in",
        "money_out",
        "kind_1_share",
        "kind_2_share",
        "kinds_used",
    )


def test_a_point_of_the_curve_leads_to_the_customers_flagged_there(found):
    for row in found.tables["curve"].iter_rows(named=True):
        assert len(members(found, "curve", row)) == row["flagged"]


def test_an_unknown_class_is_refused_in_words(shops):
    with pytest.raises(UserError) as refused:
        compute(shops, ClassesParams(target="ghost"), AS_OF)
    assert "shop" in refused.value.text.en


def test_by_class_says_nothing_where_nothing_was_named():
    rows = evaluation.by_class(np.array(["a", "b"]), np.array(["a", "a"]), ["a", "b"])
    assert rows["precision"].to_list() == [0.5, None]
    assert rows["recall"].to_list() == [1.0, 0.0]
