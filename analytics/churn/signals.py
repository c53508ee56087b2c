"""What is known of every customer at a landmark, read off the spans before it: some fifty signals.

What an extract lacks gives no column. Ratios are logarithms, counts are capped or taken as
logarithms, so that the logistic model can use them as they are. Windows of one to six spans are the
time in which somebody on the way out shows it.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.churn.spans import Spans

Array = np.ndarray
HISTORY = 12
"""Spans a landmark looks back at most."""
SMALL = 100.0  # money that no ratio should be swayed by
FAR_DAYS = 400.0
LONG = 60  # spans in which a salary that has stopped is remembered
LAPSE_DAYS = 155
LONG_AGO = 24
"""Spans from which a customer's usual number of transfers is learnt."""
FRESH_DAYS = 365
LEANS_ON = 4


def table(spans: Spans, span: int, place: Array, acts: pl.DataFrame) -> pl.DataFrame:
    """The signals at the end of a span.

    Args:
        spans: what happened.
        span: the landmark's; only this and earlier ones (higher numbers) are looked at.
        place: positions of the customers in `spans.keys`, shape (n,).
        acts: what the calendar of active days says of each (idle_days, idle_unusual, acts_30,
            acts_before, opened_on), n rows.
    """
    own = Window(spans, span, place)
    found = {
        "idle_days": acts["idle_days"].to_numpy(),
        "idle_unusual": acts["idle_unusual"].to_numpy(),
        "acts_missed": _missed(acts["idle_days"].to_numpy(), (acts["acts_30"] + acts["acts_before"]).to_numpy(), 180),
        "acts_30": np.log1p(acts["acts_30"].to_numpy()),
        "acts_trend": np.log((acts["acts_30"].to_numpy() + 0.5) / (acts["acts_before"].to_numpy() / 5 + 0.5)),
        "settled_days": np.log1p(acts["settled_days"].to_numpy()),
        "tenure_years": (pl.select(pl.lit(spans.day(span)) - acts["opened_on"]).to_series().dt.total_days()
                         .to_numpy() / 365.25),
    }  # fmt: skip
    for part in (
        _money(own),
        _transfers(own),
        _put_by(own),
        _salary(own),
        _app(own),
        _accounts(own),
    ):
        found |= part
    return pl.DataFrame({k: np.nan_to_num(np.asarray(v, float)) for k, v in found.items()})


class Window:
    """The spans a landmark sees, newest first, for some of the customers."""

    def __init__(self, spans: Spans, span: int, place: Array) -> None:
        self.spans, self.span, self.place = spans, span, place
        self.day = spans.day(span)

    def has(self, name: str) -> bool:
        """Whether the extract knows it."""
        return name in self.spans.of

    def ever(self, name: str) -> bool:
        """Whether it happened to anybody by the landmark; what comes later makes no signal."""
        return self.has(name) and bool(self.spans.of[name][self.span :].any())

    def of(self, name: str, first: int = 0, last: int = HISTORY) -> Array:
        """Values of spans first..last-1 back from the landmark, shape (spans there, n)."""
        values = self.spans.of[name]
        return values[self.span + first : min(self.span + last, len(values)), self.place]


def _missed(idle: Array, count: Array, days: Array | int) -> Array:
    """How many one would have expected in `idle` days, going by `count` in `days`; at most 8."""
    return np.minimum(idle * count / days, 8.0)


def _ratio(a: Array, b: Array, small: float) -> Array:
    return np.log((np.maximum(a, 0) + small) / (np.maximum(b, 0) + small))


def _mean(values: Array) -> Array:
    return values.mean(axis=0) if len(values) else np.zeros(values.shape[1:])


def _money(own: Window) -> dict[str, Array]:
    found: dict[str, Array] = {}
    if own.has("held"):
        held = np.log(own.of("held", 0, 7).astype(float) + SMALL)
        ago = [held[min(k, len(held) - 1)] for k in (1, 3, 6)]
        found |= {"balance": held[0], "balance_1m": held[0] - ago[0], "balance_3m": held[0] - ago[1],
                  "balance_6m": held[0] - ago[2],
                  "falling_months": (np.diff(held[::-1], axis=0) < -0.02).sum(axis=0)}  # fmt: skip
        net = own.of("net", 0, 3).astype(float)
        for name, months in (("net_1m", 1), ("net_3m", 3)):
            before = own.of("held", 0, 7)[min(months, len(held) - 1)]
            found[name] = np.clip(net[:months].sum(axis=0) / (before + SMALL), -1.5, 1.5)
    largest = own.of("largest_out", 0, HISTORY).astype(float)
    usual = np.median(largest[1:], axis=0) if len(largest) > 1 else largest[0]
    unusual = _ratio(largest, usual, SMALL)
    found["out_largest"] = unusual[0]
    found["out_largest_2m"] = unusual[min(1, len(unusual) - 1)]
    found["out_months"] = (unusual[:4] > np.log(2)).sum(axis=0)
    money_in = own.of("money_in", 0, 7).astype(float)
    found["in_trend"] = _ratio(money_in[:2].mean(axis=0), _mean(money_in[2:]), SMALL)
    return found


def _transfers(own: Window) -> dict[str, Array]:
    if not own.ever("transfers"):
        return {}
    count = own.of("transfers").astype(float)
    usual_in = own.of("money_in").mean(axis=0) + SMALL
    spent = own.of("transferred").astype(float)
    return {
        "transfers_odd_1m": _odd(own, "transfers", 1), "transfers_odd_3m": _odd(own, "transfers", 3),
        "transfers_1m": np.log1p(count[0]), "transfers_3m": np.log1p(count[:3].sum(axis=0)),
        "transferred_odd_1m": _far(np.log(spent + SMALL), 1), "transferred_odd_3m": _far(np.log(spent + SMALL), 3),
        "transfer_months": (count > 0).mean(axis=0) * HISTORY,
        "transferred_1m": np.minimum(spent[0] / usual_in, 5),
        "transferred_3m": np.minimum(_mean(spent[:3]) / usual_in, 5)}  # fmt: skip


def _odd(own: Window, name: str, months: int) -> Array:
    """How unusual a count of the last months is: minus the logarithm of the chance of as many or more
    in a customer with that history, at most 8 (about 1 in 3,000).

    Why not the ratio of both: two transfers after none in two years say more than two after one in a
    month. The customer's rate has a gamma distribution around that of all (Gelman et al., Bayesian
    Data Analysis, 2.6), so that a short history leans on the others.
    """
    before = own.of(name, months, LONG_AGO).astype(float)
    if not len(before):
        return np.zeros(len(own.place))
    told, spans = before.sum(axis=0), len(before)
    mean = max(float(told.mean()) / spans, 1e-3)
    over = float(told.var()) / spans**2 - mean / spans  # what chance alone does not explain
    rate = mean / max(over, 1e-3)
    now = own.of(name, 0, months).astype(float).sum(axis=0)
    chance = stats.nbinom.sf(now - 1, mean * rate + told, (rate + spans) / (rate + spans + months))
    return -np.log(np.maximum(chance, np.exp(-8)))


def _far(values: Array, months: int) -> Array:
    """How far the sum of the last months lies from the customer's own months before, in standard
    deviations, -6 to 6; newest first, shape (months there, n).

    Why not the ratio of both: three times the usual is nothing new in a customer whose months go up and
    down that much. A spread learnt from few months leans on the median one, as if that had been seen in
    `LEANS_ON` more months; who has less than three months before is 0.
    """
    now, before = values[:months].sum(axis=0), values[months:]
    if len(before) < 3:
        return np.zeros(values.shape[1])
    own = before.var(axis=0)
    spread = (len(before) * own + LEANS_ON * np.median(own)) / (len(before) + LEANS_ON)
    apart = now - months * before.mean(axis=0)
    return np.clip(apart / np.sqrt(months * spread + 1e-6), -6, 6)


def _put_by(own: Window) -> dict[str, Array]:
    """Whether a habit of putting money by is kept up; `put_by_missed` is the number of times one
    would have expected since the last."""
    count = own.of("put_by").astype(float)
    if not own.ever("put_by"):
        return {}
    some = count > 0
    since = np.where(some.any(axis=0), some.argmax(axis=0), len(count))
    moved = own.of("put_by_sum", 0, 2).sum(axis=0)
    before = own.of("held", 0, 3)[-1] if own.has("held") else _mean(own.of("money_in"))
    return {"put_by_share": np.minimum(moved / (before + SMALL), 2.0), "put_by_rise": _ratio(_mean(count[:2]), _mean(count[2:]), 0.15),
            "put_by_missed": np.minimum(since * _mean(count), 8), "put_by_months": some.mean(axis=0) * HISTORY}  # fmt: skip


def _salary(own: Window) -> dict[str, Array]:
    days = own.of("salary_day", 0, LONG)
    if not own.ever("salary_day"):
        return {}
    landmark = (own.day - own.spans.epoch).days
    ago = np.where(days.any(axis=0), landmark - days.max(axis=0), FAR_DAYS)
    months = (days > 0).sum(axis=0)
    late = np.where(months > 2, np.clip(ago - _usual_gap(days), -31, 62), -31)
    return {"salary_late_days": late, "salary_ago_days": np.minimum(np.where(months > 0, ago, 0), FAR_DAYS),
            "salary_stopped": (ago > 36) & (months >= 2)}  # fmt: skip


def _usual_gap(days: Array) -> Array:
    """Mean number of days between the days of each column (0: none), 0 where there are not two."""
    count = (days > 0).sum(axis=0)
    first = np.where(days > 0, days, np.inf).min(axis=0)
    return np.where(count > 1, (days.max(axis=0) - first) / np.maximum(count - 1, 1), 0.0)


def _app(own: Window) -> dict[str, Array]:
    found: dict[str, Array] = {}
    if own.has("failures"):
        failures = own.of("failures", 0, 3)
        app = own.of("app_days", 0, 6).astype(float)
        found |= {"failures_3m": np.minimum(failures.sum(axis=0), 8), "failures_1m": np.minimum(failures[0], 4),
                  "complaints_5m": np.minimum(own.of("complaints", 0, 5).sum(axis=0), 2),
                  "complaint_fresh": _fresh(own.of("complaint_day"), own),
                  "app_missed": _app_missed(own), "app_days_1m": np.log1p(app[0]), "app_trend": _ratio(app[0], _mean(app[1:]), 0.5)}  # fmt: skip
    if own.ever("contacts"):
        found |= {
            "contacts_3m": own.of("contacts", 0, 3).sum(axis=0),
            "clicks_3m": own.of("clicks", 0, 3).sum(axis=0),
        }
    return found


def _fresh(days: Array, own: Window) -> Array:
    """1 for the day itself, falling to 0 over `FRESH_DAYS`; 0 for never."""
    ago = (own.day - own.spans.epoch).days - days.max(axis=0)
    return np.maximum(1 - ago / FRESH_DAYS, 0)


def _app_missed(own: Window) -> Array:
    """App days one would have expected since the last, going by the last six spans."""
    last, seen = own.of("app_day", 0, 6).max(axis=0), own.of("app_days", 0, 6)
    ago = np.where(last > 0, (own.day - own.spans.epoch).days - last, 0.0)
    return _missed(ago, seen.sum(axis=0), len(seen) * 30)


def _accounts(own: Window) -> dict[str, Array]:
    """Closings and ended term deposits known by that day; a later closing date is not looked at."""
    rows = own.spans.accounts
    if rows is None:
        return {}
    day = (own.day - own.spans.epoch).days
    n = len(own.spans.keys)
    rows = rows.filter(pl.col("opened").fill_null(-(2**30)) <= day)
    place, closed, matures = (rows[c].fill_null(f).to_numpy() for c, f in (
        ("place", 0), ("closed", 2**30), ("matures", 2**30)))  # fmt: skip
    count = lambda what: np.bincount(place[what], minlength=n)[own.place]  # noqa: E731
    term = (matures < 2**30) & rows["deposit"].to_numpy()
    ended = np.minimum(np.where(closed <= day, closed, 2**30), matures)
    over = term & (ended <= day)
    running = np.bincount(place[term & ~over], minlength=n) > 0
    ended_lately = np.bincount(place[over & (ended > day - LAPSE_DAYS)], minlength=n) > 0
    lapsed = ended_lately & ~running
    found: dict[str, Array] = {}
    if term.any():
        found |= {"term_lapsed": lapsed[own.place], "term_running": running[own.place],
                  "term_due_2m": count(term & ~over & (matures <= day + 60)) > 0}  # fmt: skip
    return found | {
        "accounts_open": np.minimum(count(closed > day), 8),
        "closed_6m": np.minimum(count((closed <= day) & (closed > day - 182)), 3),
    }
