"""Everyday app sessions: what users look at, funnels with drop-off, devices, failed logins.

A session is one of a few scripts, left early as often as real ones are. Failed logins and
complaints follow `Block.months` to the number: they drive leaving, and the extract shows them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.timeline import Days, EngagedDays, days, moments
from sample_data.world import EVENT, Block, Plan, frame, rng

SESSIONS_A_MONTH = 1.3
"""Sessions per engaged month of an app user of average activity."""
SWITCH_SHARE = 0.3
"""Share of app users who change their phone once in the time of the data."""
DEVICES = (
    "iPhone 13", "iPhone 14", "iPhone 15", "iPhone 15 Pro", "Huawei P60", "Huawei Mate 60",
    "Huawei nova 11", "Honor 90", "Honor Magic6", "Xiaomi 13", "Xiaomi 14", "Redmi K70",
    "OPPO Reno10", "OPPO Find X7", "vivo X100", "vivo S18", "OnePlus 12", "Samsung S23",
)  # fmt: skip
LOGIN_REASONS = ("wrong_password", "code_expired", "face_mismatch", "network")
COMPLAINT_REASONS = ("fees", "waiting_time", "app_fault", "service")


@dataclass(frozen=True)
class Script:
    """The events of one kind of session in order; `stays` is the chance to go on at each step."""

    share: float
    events: tuple[str, ...]
    stays: float = 1.0
    slot: str | None = None


SCRIPTS = (
    Script(0.36, ("login", "view_balance")),
    Script(0.18, ("login", "view_balance", "view_movements")),
    Script(0.16, ("login", "transfer_start", "transfer_payee", "transfer_confirm",
                  "transfer_done"), 0.88),
    Script(0.08, ("login", "wealth_list", "wealth_detail", "wealth_risk_test", "wealth_confirm",
                  "wealth_done"), 0.66, "home_banner"),
    Script(0.07, ("login", "view_term_deposit", "term_terms"), 0.7, "deposit_tile"),
    Script(0.06, ("login", "view_loan", "loan_calculator"), 0.6, "loan_tile"),
    Script(0.09, ("login", "help_search", "help_article"), 0.75),
)  # fmt: skip


class Phones:
    """The device of every app user, and the second from the day it is changed.

    The change falls on an engaged day; customers without one never change.
    """

    def __init__(self, plan: Plan, block: Block, engaged: EngagedDays) -> None:
        draw = rng(plan, block.number, "devices")
        n = block.size
        self._first = draw.integers(0, len(DEVICES), n)
        self._second = (self._first + draw.integers(1, len(DEVICES), n)) % len(DEVICES)
        changes = (draw.random(n) < SWITCH_SHARE) & (engaged.total > 0)
        share = draw.random(n)
        everyone = np.arange(n)
        self._changed = np.where(changes, engaged.at(everyone, share), np.iinfo(np.int64).max)

    def of(self, customer: np.ndarray, day: Days) -> pl.Series:
        """The device in use on that day."""
        later = day >= self._changed[customer]
        code = np.where(later, self._second[customer], self._first[customer])
        return pl.Series(DEVICES).gather(code)


def make_sessions(plan: Plan, block: Block) -> pl.DataFrame:
    """Sessions of the app users, failed logins and complaints, as rows of `EVENT`."""
    engaged = EngagedDays(block)
    phones = Phones(plan, block, engaged)
    draw = rng(plan, block.number, "sessions")
    failures = _counted(block, "login_failures", draw)
    complaints = _counted(block, "complaints", draw)
    return pl.concat([
        _scripted(block, phones, draw),
        named(block, _single(failures, "login_failed", "app", LOGIN_REASONS, phones, draw), "F"),
        named(block, _single(complaints, "complaint", "hotline", COMPLAINT_REASONS, None, draw), "K"),
    ])  # fmt: skip


def _scripted(block: Block, phones: Phones, draw: np.random.Generator) -> pl.DataFrame:
    customer, day = _session_days(block, draw)
    script = draw.choice(len(SCRIPTS), len(customer), p=_shares())
    length = _lengths(script, draw)
    session = np.repeat(np.arange(len(customer)), length)
    step = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    pause = draw.integers(4, 90, len(session))
    elapsed = np.cumsum(pause)
    begun = np.repeat((elapsed - pause)[np.cumsum(length) - length], length)
    second = draw.integers(7 * 3600, 22 * 3600, len(customer))[session] + elapsed - pause - begun
    names = [name for one in SCRIPTS for name in one.events]
    first = np.cumsum([0] + [len(one.events) for one in SCRIPTS[:-1]])
    event = pl.Series(names).gather(first[script[session]] + step)
    slot = pl.Series([one.slot for one in SCRIPTS], dtype=pl.String).gather(script[session])
    slots = pl.select(pl.when(pl.Series(step == 1)).then(slot)).to_series()
    return frame(
        EVENT,
        customer=customer[session],
        happened_at=moments(day[session], second),
        event=event,
        session_id=_session_ids(block, "A", session),
        page=event,
        source=pl.repeat("app", len(session), eager=True),
        slot=slots,
        device=phones.of(customer[session], day[session]),
        result=pl.repeat("done", len(session), eager=True),
        duration_s=pause.astype(float),
    )


def _session_days(block: Block, draw: np.random.Generator) -> tuple[np.ndarray, Days]:
    """Customer and day of every session, in proportion to the engaged days of each month."""
    months = block.months.sort("customer", "month")
    owner = months["customer"].to_numpy()
    first = days(months["active_from"])
    length = days(months["active_to"]) - first + 1
    app = block.people["app_user"].to_numpy()[owner]
    activity = block.people["activity"].to_numpy()
    liveliness = (activity / activity.mean())[owner] if len(activity) else activity
    count = draw.poisson(SESSIONS_A_MONTH * app * np.clip(liveliness, 0.3, 2.0) * length / 30.4)
    row = np.repeat(np.arange(len(owner)), count)
    day = first[row] + np.floor(draw.random(len(row)) * length[row]).astype(np.int64)
    return owner[row], day


def _shares() -> np.ndarray:
    shares = np.array([one.share for one in SCRIPTS])
    return shares / shares.sum()


def _lengths(script: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """How many events of its script each session shows: all, or up to where it was left."""
    full = np.array([len(one.events) for one in SCRIPTS])[script]
    stays = np.array([one.stays for one in SCRIPTS])[script]
    reached = np.floor(np.log(1 - draw.random(len(script))) / np.log(np.minimum(stays, 0.999999)))
    return np.minimum(full, 2 + reached.astype(np.int64))


def _counted(block: Block, column: str, draw: np.random.Generator) -> tuple[np.ndarray, Days]:
    """One customer and engaged day for each of the events that `Block.months` counts."""
    some = block.months.filter(pl.col(column) > 0).sort("customer", "month")
    row = np.repeat(np.arange(some.height), some[column].to_numpy())
    first = days(some["active_from"])[row]
    length = days(some["active_to"])[row] - first + 1
    return some["customer"].to_numpy()[row], first + np.floor(
        draw.random(len(row)) * length
    ).astype(np.int64)


def _single(
    when: tuple[np.ndarray, Days],
    event: str,
    source: str,
    reasons: tuple[str, ...],
    phones: Phones | None,
    draw: np.random.Generator,
) -> pl.DataFrame:
    """Events that stand alone, each with a reason."""
    customer, day = when
    n = len(customer)
    return frame(
        EVENT,
        customer=customer,
        happened_at=moments(day, draw.integers(7 * 3600, 22 * 3600, n)),
        event=pl.repeat(event, n, eager=True),
        page=pl.repeat(event, n, eager=True),
        source=pl.repeat(source, n, eager=True),
        device=phones.of(customer, day)
        if phones
        else pl.repeat(None, n, dtype=pl.String, eager=True),
        result=pl.repeat("failed" if phones else None, n, dtype=pl.String, eager=True),
        reason=pl.Series(reasons).gather(draw.integers(0, len(reasons), n)),
        duration_s=draw.integers(3, 60, n).astype(float),
    )


def named(block: Block, events: pl.DataFrame, letter: str) -> pl.DataFrame:
    """The events, each a session of its own; a letter is used for one kind of session only."""
    return events.with_columns(session_id=_session_ids(block, letter, np.arange(events.height)))


def _session_ids(block: Block, letter: str, session: np.ndarray) -> pl.Series:
    """Names of sessions that no other block and no other kind of session has."""
    number = pl.Series(session + 1).cast(pl.String).str.zfill(7)
    return f"{letter}{block.number:02d}" + number
