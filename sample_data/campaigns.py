"""Campaign contacts with randomised arms, and what the contacts truly brought.

Three campaigns, each sent to a random share of the customers who agreed to be contacted and are
engaged in that month; the arm is drawn by lot, so that the difference between the arms is the
effect. The effect is not the same for everybody: `keen` says on whom it is three times as large.

- `deposit_bonus` brings deposits: metric `deposit_30d`, the sum of the `deposit` movements of a
  customer in the 30 days after `sent_at`, in yuan.
- `card_cashback` brings conversions: metric `conversion`, the share with a `converted_at`. Its two
  offers differ.
- `app_reminder` brings nothing, though it is clicked most: those who would have converted anyway
  click it. Whoever compares clickers with the rest finds an effect that is not there.

A contact of the control arm is the lot that was drawn, not a message: nothing is seen or paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from sample_data.timeline import Days, dates, days, moments, spread
from sample_data.world import CONTACT, MOVEMENT, Block, Plan, frame, rng

CONTROL = "control"
CONTACTED_SHARE = 0.6
HORIZON_DAYS = 30
TAKER_SHARE = 0.08
"""Share of the contacted who make a deposit because of `deposit_bonus`."""
KEEN = 1.5
"""The effect on keen customers against the average one; 0.5 on the others if half are keen."""


@dataclass(frozen=True)
class Campaign:
    """One campaign.

    Args:
        name, zh: as written in the extract.
        at: when it is sent, as a share of the months of the data.
        metric: what the effect is measured on; deposits in yuan, conversion as a share.
        effects: mean effect of each treated arm.
        base: share that converts without it.
        keen: who gains most, by age on the last day of the data.
        channel, slot, cost_yuan: how a message is sent and what it costs.
        clicked: share of the treated who click, apart from those who convert.
    """

    name: str
    zh: str
    at: float
    metric: Literal["deposit_30d", "conversion"]
    effects: Mapping[str, float]
    base: float
    keen: Literal["young", "old"]
    channel: str
    slot: str | None
    cost_yuan: float
    clicked: float


CAMPAIGNS = (
    Campaign("deposit_bonus", "存款加息礼", 0.45, "deposit_30d", {"treatment": 600.0}, 0.0, "old",
             "sms", None, 0.05, 0.06),
    Campaign("card_cashback", "刷卡返现", 0.65, "conversion", {"offer_a": 0.05, "offer_b": 0.09},
             0.06, "young", "push", "home_banner", 0.02, 0.1),
    Campaign("app_reminder", "登录提醒", 0.85, "conversion", {"treatment": 0.0}, 0.08, "young",
             "push", "message_centre", 0.01, 0.2),
)  # fmt: skip
CHANNELS_ZH = {"sms": "短信", "push": "消息推送"}
SLOTS_ZH = {"home_banner": "首页横幅", "message_centre": "消息中心"}
ARMS_ZH = {CONTROL: "对照组", "treatment": "实验组", "offer_a": "方案甲", "offer_b": "方案乙"}
CREATIVES_ZH = {"plain": "文字版", "picture": "图文版"}


def truth(plan: Plan) -> dict[str, Any]:
    """Per campaign the metric and the mean effect on the treated against the control arm."""
    if "campaigns" in plan.without:
        return {"campaigns": {}}
    return {
        "campaigns": {
            one.name: {
                "metric": one.metric,
                "effect": round(sum(one.effects.values()) / len(one.effects), 6),
                "arms": dict(one.effects),
                "keen": one.keen,
            }
            for one in CAMPAIGNS
        }
    }


def titles_zh() -> dict[str, dict[str, str]]:
    """The Chinese words for the values this module writes, per canonical column."""
    return {
        "contacts.campaign": {one.name: one.zh for one in CAMPAIGNS},
        "contacts.arm": ARMS_ZH, "contacts.channel": CHANNELS_ZH, "contacts.slot": SLOTS_ZH,
        "contacts.creative": CREATIVES_ZH,
    }  # fmt: skip


def make_contacts(plan: Plan, block: Block) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """Contacts of the block, the deposits they brought, and no truth of its own."""
    results = [_run(plan, block, one) for one in CAMPAIGNS]
    contacts, movements = zip(*results, strict=True)
    return pl.concat(contacts).sort("sent_at", "customer"), pl.concat(movements), {}


@dataclass
class Lot:
    """The contacted customers of one campaign, one entry each."""

    customer: np.ndarray
    arm: np.ndarray  # 0 is control, i the i-th treated arm
    keen: np.ndarray
    sent: Days
    until: Days  # last engaged day of the month of the campaign

    @property
    def treated(self) -> np.ndarray:
        return self.arm > 0


def _run(plan: Plan, block: Block, one: Campaign) -> tuple[pl.DataFrame, pl.DataFrame]:
    draw = rng(plan, block.number, f"campaign {one.name}")
    lot = _draw_lots(plan, block, one, draw)
    effects = np.array([0.0, *one.effects.values()]) * ("campaigns" not in plan.without)
    if one.metric == "deposit_30d":
        movements = _deposits(block, lot, effects, draw)
        converted = _first_deposit(pl.concat([block.movements, movements]), lot)
    else:
        movements = frame(MOVEMENT)
        hit = spread(_chances(lot, one.base, effects), lot.arm * 2 + lot.keen, draw)
        day = lot.sent + 1 + np.floor(draw.random(len(hit)) * (lot.until - lot.sent))
        when = moments(day.astype(np.int64), draw.integers(8 * 3600, 21 * 3600, len(hit)))
        converted = _only(when, hit)
    return _contacts(one, lot, converted, draw), movements


def _draw_lots(plan: Plan, block: Block, one: Campaign, draw: np.random.Generator) -> Lot:
    """Who is contacted, in which arm; arms are equally large within the block."""
    month = min(int(plan.months * one.at), plan.months - 1)
    first = int(plan.month_starts()[month].astype(np.int64))
    here = block.months.filter(pl.col("month") == month).sort("customer")
    customer = here["customer"].to_numpy()
    until = days(here["active_to"])
    fits = (days(here["active_from"]) <= first + 2) & (until >= first + 24)
    fits &= block.people["consent"].to_numpy()[customer]
    fits &= draw.random(len(customer)) < CONTACTED_SHARE
    customer, until = customer[fits], until[fits]
    arm = draw.permutation(np.arange(len(customer)) % (len(one.effects) + 1))
    age = plan.as_of.year - block.people["birth_year"].to_numpy()[customer]
    keen = (age < 45) == (one.keen == "young")
    sent = first + draw.integers(3, 6, len(customer))
    return Lot(customer, arm, keen.astype(np.int64), sent, until)


def _chances(lot: Lot, base: float, effects: np.ndarray) -> np.ndarray:
    """Chance to convert: the base and the effect of the arm, larger on the keen, mean kept."""
    share = lot.keen.mean() if len(lot.keen) else 0.0
    weight = np.where(lot.keen == 1, KEEN, KEEN / 3)
    mean = share * KEEN + (1 - share) * KEEN / 3
    return base + effects[lot.arm] * weight / max(mean, 1e-9)


def _deposits(
    block: Block, lot: Lot, effects: np.ndarray, draw: np.random.Generator
) -> pl.DataFrame:
    """The deposits that were made because of the message: their sum is the effect."""
    chance = _chances(lot, 0.0, TAKER_SHARE * (effects > 0))
    taker = np.flatnonzero(spread(chance, lot.arm * 2 + lot.keen, draw))
    who = lot.customer[taker]
    size = block.people["income_cents"].to_numpy()[who] * np.exp(draw.normal(0, 0.4, len(who)))
    total = effects[lot.arm].sum() * 100
    cents = np.round(size / max(size.sum(), 1) * total / 10_000).astype(np.int64) * 10_000
    room = np.minimum(lot.until, lot.sent + HORIZON_DAYS - 1)[taker] - lot.sent[taker]
    day = lot.sent[taker] + 1 + np.floor(draw.random(len(who)) * room).astype(np.int64)
    n = len(who)
    return frame(
        MOVEMENT,
        customer=who,
        account=who,
        happened_at=moments(day, draw.integers(9 * 3600, 17 * 3600, n)),
        cents=np.maximum(cents, 10_000),
        kind=pl.repeat("deposit", n, eager=True),
        channel=pl.repeat("counter", n, eager=True),
        category=pl.repeat("bank", n, eager=True),
    )


def _first_deposit(movements: pl.DataFrame, lot: Lot) -> pl.Series:
    """The customer's first deposit within the horizon after the message, by whatever cause."""
    sent = pl.DataFrame({"customer": lot.customer, "sent": dates(lot.sent)})
    made = movements.filter(pl.col("kind") == "deposit").select("customer", "happened_at")
    after = (pl.col("happened_at").dt.date() - pl.col("sent")).dt.total_days()
    first = (
        made.join(sent, on="customer")
        .filter(after.is_between(1, HORIZON_DAYS))
        .group_by("customer")
        .agg(pl.col("happened_at").min())
    )
    return sent.join(first, on="customer", how="left", maintain_order="left")["happened_at"]


def _contacts(
    one: Campaign, lot: Lot, converted: pl.Series, draw: np.random.Generator
) -> pl.DataFrame:
    n = len(lot.customer)
    treated = lot.treated
    came = converted.is_not_null().to_numpy()
    clicked = treated & (draw.random(n) < np.where(came, 0.75, one.clicked))
    seen = clicked | (treated & (draw.random(n) < 0.55))
    sent = moments(lot.sent, draw.integers(9 * 3600, 11 * 3600, n))
    saw = sent + pl.Series(draw.integers(600, 40_000, n) * 1_000_000).cast(pl.Duration("us"))
    click = saw + pl.Series(draw.integers(5, 600, n) * 1_000_000).cast(pl.Duration("us"))
    creative = pl.Series(list(CREATIVES_ZH)).gather(draw.integers(0, len(CREATIVES_ZH), n))
    return frame(
        CONTACT,
        campaign=pl.repeat(one.name, n, eager=True),
        customer=lot.customer,
        sent_at=sent,
        arm=pl.Series([CONTROL, *one.effects]).gather(lot.arm),
        channel=pl.repeat(one.channel, n, eager=True),
        slot=pl.repeat(one.slot, n, dtype=pl.String, eager=True),
        creative=_only(creative, treated),
        seen_at=_only(saw, seen),
        clicked_at=_only(click, clicked),
        converted_at=converted,
        cost=np.where(treated, one.cost_yuan, 0.0),
    )


def _only(values: pl.Series, keep: np.ndarray) -> pl.Series:
    """The values where `keep` says so, null elsewhere."""
    return pl.select(pl.when(pl.Series(keep)).then(values)).to_series()
