"""App events: everyday sessions, the planted sequences, and an event that comes too late.

`closing_survey` is the trap: it is sent to customers after they have left, so whoever lets it into
a comparison of lost and kept customers will find that it explains everything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from sample_data.episodes import SEQUENCES, make_episodes
from sample_data.sessions import make_sessions, named
from sample_data.timeline import days, moments
from sample_data.world import EVENT, MOVEMENT, Block, Plan, frame, rng

SURVEY = "closing_survey"
SURVEY_SHARE = 0.7
STRENGTH = {"churned": 17.0, "term_open": 13.0}
"""Odds of the planted order in the 60 days before the outcome, against those in the last 60 engaged
days of the others; as measured over three banks of 20,000 customers (README.md)."""
EVENTS_ZH = {
    "login": "登录", "login_failed": "登录失败", "complaint": "投诉",
    "view_balance": "查看余额", "view_movements": "查看明细", "transfer_start": "发起转账",
    "transfer_payee": "选择收款人", "transfer_confirm": "确认转账", "transfer_done": "转账成功",
    "wealth_list": "理财列表", "wealth_detail": "理财详情", "wealth_risk_test": "风险测评",
    "wealth_confirm": "确认申购", "wealth_done": "申购成功", "view_term_deposit": "查看定期存款",
    "term_terms": "定期条款", "view_loan": "查看贷款", "loan_calculator": "贷款试算",
    "help_search": "搜索帮助", "help_article": "阅读帮助", "fee_query": "查询收费标准",
    "rate_comparison": "比较利率", "autopay_cancel": "取消代扣", "limit_raise": "提高转账限额",
    "payee_added": "新增收款人", "statement_export": "导出对账单", "rate_table": "查看利率表",
    "deposit_calculator": "存款试算", "branch_booking": "预约网点", SURVEY: "销户问卷",
}  # fmt: skip
SOURCES_ZH = {"app": "手机银行", "website": "官网", "hotline": "客服热线", "wechat": "微信银行",
              "system": "系统"}  # fmt: skip
SLOTS_ZH = {"home_banner": "首页横幅", "deposit_tile": "存款入口", "loan_tile": "贷款入口"}
REASONS_ZH = {"wrong_password": "密码错误", "code_expired": "验证码过期", "face_mismatch": "人脸不符",
              "network": "网络异常", "fees": "收费问题", "waiting_time": "等候时间长",
              "app_fault": "系统故障", "service": "服务态度"}  # fmt: skip


def truth(plan: Plan) -> dict[str, Any]:
    """Planted sequences: those before leaving, those before a term deposit, and the late event."""
    kept = () if "sequences" in plan.without else SEQUENCES
    written = [
        {"events": list(s.events), "strength": STRENGTH[s.outcome], "outcome": s.outcome}
        for s in kept
    ]
    return {
        "sequences": [s for s in written if s["outcome"] == "churned"],
        "deposit_sequences": [s for s in written if s["outcome"] != "churned"],
        "events_after_outcome": [SURVEY],
    }


def titles_zh() -> dict[str, dict[str, str]]:
    """The Chinese words for the values this module writes, per canonical column."""
    return {
        "events.event": EVENTS_ZH, "events.page": EVENTS_ZH, "events.source": SOURCES_ZH,
        "events.slot": SLOTS_ZH, "events.reason": REASONS_ZH,
        "events.result": {"done": "成功", "failed": "失败"},
    }  # fmt: skip


def make_events(plan: Plan, block: Block) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """All events of the block, no movements, no truth of its own."""
    episodes = named(block, make_episodes(plan, block), "B")
    survey = named(block, _surveys(plan, block), "C")
    everything = pl.concat([make_sessions(plan, block), episodes, survey])
    return everything, pl.DataFrame(schema=MOVEMENT), {}


def _surveys(plan: Plan, block: Block) -> pl.DataFrame:
    """The survey the bank sends 1 to 9 days after a customer has left (a system event)."""
    draw = rng(plan, block.number, "surveys")
    left = block.people.filter(pl.col("churned_on").is_not_null())
    sent = days(left["churned_on"]) + draw.integers(1, 10, left.height)
    last = int(np.datetime64(plan.as_of, "D").astype(np.int64))
    kept = (draw.random(left.height) < SURVEY_SHARE) & (sent <= last)
    n = int(kept.sum())
    return frame(
        EVENT,
        customer=left["customer"].to_numpy()[kept],
        happened_at=moments(sent[kept], draw.integers(9 * 3600, 18 * 3600, n)),
        event=pl.repeat(SURVEY, n, eager=True),
        page=pl.repeat(SURVEY, n, eager=True),
        source=pl.repeat("system", n, eager=True),
    )
