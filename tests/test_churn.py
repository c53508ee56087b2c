"""Early warning: outcomes by hand, no look into the future, calibration and lift on a planted bank."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from analytics.churn import ChurnParams, compute, models, outcomes, signals, spans, training
from analytics.churn.outcomes import Question
from analytics.dataset import EVERYBODY
from analytics.lifecycle import days
from analytics.text import UserError
from tests.contract_bank import AS_OF, tables
from tests.life_bank import life_bank

T = date(2023, 6, 30)


def calendar_of(bank, acts: dict[str, list[int]], last: int = 400):
    """Customers with active days given as days after T; somebody acts on the last day."""
    rows = [(c, T + timedelta(days=d), 1) for c, some in acts.items() for d in some]
    data = bank(transactions=[*rows, ("zz", T + timedelta(days=last), 1)])
    with data.scope(T + timedelta(days=last)) as scope:
        return days.read(scope, EVERYBODY)


@pytest.mark.parametrize(("acts", "lost"), [
    ([-10, 50], True),  # last act on day 50 of 91, then silence
    ([-10], False),  # silent already: no loss to come, no warning could reach her
    ([-10, 91], True),  # the last day of the horizon
    ([-10, 92], False),  # still there when the horizon ends
    ([-10, 50, 229], False),  # back after 179 days
    ([-10, 50, 230], True),  # back only after 180: lost, and woken later
    ([-10, 30, 60, 90, 120, 150, 180, 210, 240, 270], False),
])  # fmt: skip
def test_loss_by_hand(bank, acts, lost):
    calendar = calendar_of(bank, {"ann": acts})
    place, _ = outcomes.at_risk(calendar, T, Question())
    assert outcomes.outcome(calendar, T, place, Question()).tolist() == [lost]


@pytest.mark.parametrize(("acts", "away"), [
    ([-10], True),  # nothing ever again
    ([-10, 170], True),  # back only 180 days after the last act
    ([-10, 169], False),
    ([-10, 50], False),  # still there on the day; lost later
])  # fmt: skip
def test_who_has_left_already_by_hand(bank, acts, away):
    calendar = calendar_of(bank, {"ann": acts})
    place, _ = outcomes.at_risk(calendar, T, Question())
    assert outcomes.away(calendar, T, place, Question()).tolist() == [away]
    assert not outcomes.away(calendar, T, place, Question(target="wake_up")).any()


def test_chance_of_leaving_is_that_of_being_there_times_that_of_going():
    """Odds of 1 to 1 for who is there, half of whom are: one in four."""
    odds = models.still_there(np.array([0.0, 0.0, 0.0]), np.array([0.0, 0.5, 1.0]))
    assert 1 / (1 + np.exp(-odds)) == pytest.approx([0.5, 0.25, 0.0], abs=1e-5)


def test_who_is_at_risk(bank):
    calendar = calendar_of(bank, {"at": [-45], "out": [-46], "later": [3], "dormant": [-90]})
    ids = calendar.people["customer_id"]
    assert ids[outcomes.at_risk(calendar, T, Question())[0].tolist()].to_list() == ["at"]
    asleep = Question(target="wake_up")
    place, frame = outcomes.at_risk(calendar, T, asleep)
    assert ids[place.tolist()].to_list() == ["dormant"]
    assert frame["idle_days"].to_list() == [90]
    assert not outcomes.outcome(calendar, T, place, asleep).any()


def test_teaching_outcomes_are_complete_before_the_day_judged():
    question = Question()  # 91 days and 180 of silence: complete after 271
    judged, teaching = outcomes.landmarks(date(2021, 1, 1), date(2023, 12, 31), question)
    assert judged == 9  # 2023-03-31 is 275 days before, 2023-04-30 only 245
    # 2022-06-30 is 274 days before 2023-03-31; four whole months lie before 2021-05-01
    assert teaching == list(range(18, 33))
    assert outcomes.landmarks(date(2023, 1, 1), date(2023, 12, 31), question)[1] == []


def test_silence_against_the_own_rhythm_is_a_lomax_tail(bank):
    """One customer: the gamma has no spread, so r = 1 and a = the mean gap of 10 days."""
    calendar = calendar_of(bank, {"ann": [-30, -20, -10]})
    place, frame = outcomes.at_risk(calendar, T, Question())
    assert calendar.people["customer_id"][place.tolist()].to_list() == ["ann"]
    # (a + 20 days observed) / (a + 20 + 10 idle) to the power r + 2 gaps
    assert frame["idle_unusual"][0] == pytest.approx(-3 * np.log(30 / 40))


@pytest.mark.parametrize("as_of", [date(2024, 4, 30), date(2024, 3, 30), date(2024, 2, 29), date(2024, 5, 15)])  # fmt: skip
def test_spans_of_the_database_are_those_between_their_ends(bank, as_of):
    """Every day of a year lies in the span that ends last before it: by plain comparison of days."""
    some = [as_of - timedelta(days=d) for d in range(366)]
    data = bank(transactions=[("ann", day, 1) for day in some])
    with data.scope(as_of) as scope:
        told = scope.query(
            f"SELECT happened_at::DATE AS day, {spans._span_sql('happened_at', as_of)} AS span "
            "FROM transactions", as_of=as_of)  # fmt: skip
    ends = [spans.span_end(as_of, k) for k in range(14)]
    by_hand = [sum(end >= day for end in ends) - 1 for day in told["day"]]
    assert told["span"].to_list() == by_hand


def _signals(data, day, at):
    """The signals at `day`, read in an extract that ends at `at`, three months later or the same day."""
    with data.scope(at) as scope:
        calendar = days.read(scope, EVERYBODY)
        found = training.read(scope, calendar)
        one = training.moment(found, calendar, 3 if day < at else 0, Question(), known=False)
        ids = calendar.people["customer_id"][one.place.tolist()]
    return one.signals.with_columns(customer_id=ids).sort("customer_id")


def test_signals_know_nothing_of_later_days(bank):
    """The same signals, whether or not the extract goes on after the day."""
    day = spans.span_end(AS_OF, 3)
    full = tables()
    cut = {n: [r for r in rows if _day(r) <= day] for n, rows in full.items()}
    now, then = _signals(bank(**full), day, AS_OF), _signals(bank(**cut), day, day)
    assert now.height > 10
    assert sorted(now.columns) == sorted(then.columns)
    apart = [c for c in now.columns if c != "customer_id" and (now[c] - then[c]).abs().max() > 1e-9]
    assert apart == []
    assert now["customer_id"].equals(then["customer_id"])


def _day(row) -> date:
    when = row.get("happened_at") or row.get("balance_on") or row.get("sent_at") or date(2000, 1, 1)
    return when.date() if hasattr(when, "date") else when


def test_a_leak_is_refused(bank):
    with bank(**tables()).scope(AS_OF) as scope:
        found = training.read(scope, days.read(scope, EVERYBODY))
    spans.guard(found, 1)
    found.newest["transactions"][1] += 31  # as if the cut had been forgotten
    with pytest.raises(UserError, match="dated after"):
        spans.guard(found, 1)


def test_a_short_history_is_ranked_and_said(bank):
    from analytics.churn.words import headline

    result = compute(bank(**tables()), ChurnParams(capacity=3), AS_OF)
    assert result.frames["scores"]["flagged"].sum() == 3
    assert result.frames["scores"]["idle_days"].is_sorted(descending=True)
    assert "too few to teach" in headline(result)[0].en


def test_what_if_drop_is_exact_for_an_additive_model():
    """With a logistic model of known weights the drop of a feature is its own share of the odds."""
    random = np.random.default_rng(1)
    x = random.normal(size=(4000, 2))
    y = random.random(4000) < 1 / (1 + np.exp(-(2 * x[:, 0] - 1)))
    found, _ = models.taught(x, y, np.arange(4000), seed=0)
    drops = models.reasons(found["logistic"], x[:100], np.zeros(2))
    assert (np.sign(drops[:, 0]) == np.sign(x[:100, 0])).all()
    assert np.abs(drops[:, 1]).mean() < np.abs(drops[:, 0]).mean() / 10


def test_the_part_taught_on_stands_for_everybody(monkeypatch):
    """Each kind is capped and weighed up to its number; what fits is taken whole."""
    monkeypatch.setattr(models, "MOST_TAUGHT", 40)
    monkeypatch.setattr(models, "MOST_OF_A_KIND", 10)
    number = np.arange(1000)
    outcome, gone = number < 7, (number >= 7) & (number < 107)
    kept, weight = models._sampled(outcome, gone, np.random.default_rng(0))
    kinds = (outcome[kept], gone[kept], ~(outcome | gone)[kept])
    assert [int(kind.sum()) for kind in kinds] == [7, 10, 3 * 17]
    assert [weight[kind].sum() for kind in kinds] == pytest.approx([7, 100, 893])
    whole, even = models._sampled(outcome[:30], gone[:30] & False, np.random.default_rng(0))
    assert whole.tolist() == list(range(30))
    assert (even == 1).all()


@pytest.mark.parametrize("seed", [5])
def test_the_warning_finds_the_planted_leavers(tmp_path, seed):
    data, truth = life_bank(tmp_path, customers=1500, seed=seed)
    result = compute(data, ChurnParams(), date.fromisoformat(truth["as_of"]))
    boards = {row["model"]: row for row in result.frames["boards"].iter_rows(named=True)}
    used = next(row for row in boards.values() if row["used"])
    assert used["lift_10"] >= 3
    assert used["pr_auc"] > boards["idle_days"]["pr_auc"]
    assert used["calibration_error"] < 0.03
    assert result.frames["scores"].filter("flagged")["reason_1"].null_count() < 20
    data.close()


def test_telco_churn(shared_file):
    """Public data: repeated 5-fold area of at least .84, boosting not more than .005 below logistic."""
    from pathlib import Path

    folder = shared_file("telco_churn")
    file = next(Path(folder).glob("*.csv"))
    with file.open(encoding="utf-8") as lines:
        frame = pl.DataFrame(list(csv.DictReader(lines)))
    y = (frame["Churn"] == "Yes").to_numpy()
    frame = frame.drop("Churn", "customerID")
    numbers = ["tenure", "MonthlyCharges", "TotalCharges"]
    x = pl.concat([frame.select(pl.col(numbers).cast(pl.Float64, strict=False).fill_null(0)),
                   frame.drop(numbers).to_dummies()], how="horizontal").to_numpy().astype(float)  # fmt: skip
    area = {name: [] for name in models.SINGLE}
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=1)
    for train, test in folds.split(x, y):
        for name, found in area.items():
            fitted = models.untaught(name, 1).fit(x[train], y[train])
            found.append(roc_auc_score(y[test], fitted.predict_proba(x[test])[:, 1]))
    assert np.mean(area["boosting"]) >= 0.84
    assert np.mean(area["boosting"]) >= np.mean(area["logistic"]) - 0.005


class _Seen:
    """What `signals` looks at: counts and days per span (newest first) and customer."""

    def __init__(self, **of):
        self.of = {name: np.array(rows, float) for name, rows in of.items()}
        self.epoch, self.keys = date(1970, 1, 1), np.arange(2)

    def day(self, _span):
        return date(1970, 1, 1) + timedelta(days=1000)


def test_unusual_transfers_by_hand():
    """Two customers, two months of history: 2 transfers and none; 1 and 0 this month.

    Mean rate 1/2, spread of the monthly rates (1/2)^2 = 1/4, of which chance alone explains 1/2 / 2 =
    1/4: nothing is left, so everybody has the rate 1/2 (kept finite by 1/1000): the chance of one or
    more is 1 - e^-1/2 = 0.393.
    """
    seen = _Seen(transfers=[[1, 0], [1, 0], [1, 0]])
    own = signals.Window(seen, 0, np.arange(2))
    found = signals._odd(own, "transfers", 1)
    assert found[1] == 0  # none or more: sure
    assert np.exp(-found[0]) == pytest.approx(1 - np.exp(-0.5), abs=2e-3)


def test_how_far_from_the_own_months_by_hand():
    """Before: 1 3 1 3 (mean 2, variance 1) and 5 5 5 5 (variance 0); the median variance is 1/2.

    Leaning on it as on four more months: (4 * 1 + 4 / 2) / 8 = 3/4 and (0 + 2) / 8 = 1/4.
    """
    before = [[1, 5], [3, 5], [1, 5], [3, 5]]
    one = signals._far(np.array([[5.0, 5.5], *before]), 1)
    assert one.tolist() == pytest.approx([3 / np.sqrt(3 / 4), 0.5 / np.sqrt(1 / 4)], abs=1e-4)
    two = signals._far(np.array([[5.0, 5.5], [2.0, 5.0], *before]), 2)
    assert two.tolist() == pytest.approx([3 / np.sqrt(2 * 3 / 4), 0.5 / np.sqrt(2 / 4)], abs=1e-4)
    assert signals._far(np.array(before, float), 2).tolist() == [0, 0]  # two months tell no spread
    assert signals._far(np.array([[99.0, -99.0], *before]), 1).tolist() == [6, -6]


def test_the_logistic_follows_a_curve():
    """Who leaves does so above a step, and no likelier far above it: odds by hand 1 to 9 and 9 to 1."""
    x = np.repeat(np.array([-2.0, -1.0, 1.0, 2.0]), 1000)[:, None]
    y = np.tile(np.arange(1000) % 10, 4) < np.where(x[:, 0] > 0, 9, 1)
    sure = models.untaught("logistic", 0).fit(x, y).predict_proba(x)[:, 1].reshape(4, 1000)[:, 0]
    assert sure == pytest.approx([0.1, 0.1, 0.9, 0.9], abs=0.04)


@pytest.mark.parametrize(("day", "fresh"), [(1000, 1.0), (1000 - 73, 0.8), (1000 - 365, 0.0), (0, 0.0)])  # fmt: skip
def test_how_recent_a_complaint_is_by_hand(day, fresh):
    own = signals.Window(_Seen(complaint_day=[[day, 0]]), 0, np.arange(2))
    assert signals._fresh(own.of("complaint_day"), own).tolist() == pytest.approx([fresh, 0])
