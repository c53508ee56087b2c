"""How steps and states are said in Chinese where an extract writes them in English.

Only what the page says is translated, and only whole names that are plain banking words;
results, downloads and links keep the names of the data. A name that is not known stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from analytics.text import Lang, Text

_CHINESE = {
    # events
    "login": "登录", "logout": "退出登录", "login_failed": "登录失败", "register": "注册", "search": "搜索",
    "complaint": "投诉", "view_balance": "查看余额", "view_movements": "查看明细", "transfer_start": "发起转账",
    "transfer_payee": "选择收款人", "transfer_confirm": "确认转账", "transfer_done": "转账成功", "wealth_list": "理财列表",
    "wealth_detail": "理财详情", "wealth_risk_test": "风险测评", "wealth_confirm": "确认申购", "wealth_done": "申购成功",
    "view_term_deposit": "查看定期存款", "view_deposit": "查看存款", "open_deposit": "开立存款", "term_terms": "定期条款",
    "view_loan": "查看贷款", "loan_calculator": "贷款试算", "help_search": "搜索帮助", "help_article": "阅读帮助",
    "fee_query": "查询收费标准", "rate_comparison": "比较利率", "autopay_cancel": "取消代扣", "limit_raise": "提高转账限额",
    "payee_added": "新增收款人", "statement_export": "导出对账单", "rate_table": "查看利率表", "closing_survey": "销户问卷",
    "deposit_calculator": "存款试算", "branch_booking": "预约网点", "home": "首页", "error": "出错",
    # kinds of transactions
    "salary": "代发工资", "pension": "养老金", "deposit": "存入现金", "withdrawal": "支取现金", "purchase": "消费",
    "bill": "缴费", "payment": "支付", "transfer": "转账", "transfer_in": "转入", "transfer_out": "转出", "receipt": "商户收款",
    "supplier": "货款支付", "own_transfer": "本人账户互转", "wealth_buy": "理财申购", "wealth_sell": "理财赎回",
    "term_open": "定期存入", "repayment": "还款", "refund": "退款", "interest": "结息", "fee": "手续费", "maturity": "到期转存",
    "payout": "本息支取", "closing": "销户结清", "credit": "贷记", "debit": "借记", "cash": "现金",
    # channels, results
    "branch": "网点", "counter": "柜台", "atm": "自助设备", "online": "网上银行", "mobile": "手机银行", "system": "系统",
    "app": "手机银行", "website": "官网", "hotline": "客服热线", "wechat": "微信银行", "done": "成功", "success": "成功",
    "failed": "失败", "failure": "失败",
    # products
    "current": "活期账户", "current_account": "活期账户", "savings": "储蓄账户", "savings_account": "储蓄账户",
    "term": "定期存款", "term_deposit": "定期存款", "wealth_product": "理财产品", "credit_card": "信用卡",
    "debit_card": "借记卡", "loan": "贷款", "mortgage": "住房贷款", "fund": "基金", "insurance": "保险", "account": "账户",
    # states
    "none": "无存款", "small": "小额", "large": "大额", "withdrawing": "流出中", "(lost)": "（流失）",
}  # fmt: skip
_SIGNS = {
    "…": Text("(other)", "（其他）"),
    "■": Text("(end)", "（结束）"),
}  # keys that are no words
_MOVES = {"_open": "开立", "_close": "销户"}
COLUMNS = ("pattern", "rule", "antecedent", "consequent", "token", "name", "source", "target", "transition", "search",
           "state", "next", "ends_in", "typical_steps")  # fmt: skip
_PARTS = re.compile(r"( > | => | → |, |/)")


def said(words: str, lang: Lang) -> str:
    """A step, or several parted as in the tables, as people say it.

    >>> said("login > fee_query => closing", "zh"), said("login > fee_query", "en")
    ('登录 > 查询收费标准 => 销户结清', 'login > fee_query')
    >>> said("login → …", "en")
    'login → (other)'
    >>> said("fund_open", "zh"), said("purchase/mobile", "zh"), said("our_own_code", "zh")
    ('基金开立', '消费/手机银行', 'our_own_code')
    """
    return "".join(_one(part, lang) for part in _PARTS.split(words))


def _one(name: str, lang: Lang) -> str:
    if (sign := _SIGNS.get(name)) is not None:
        return sign(lang)
    if lang == "en":
        return name
    known = _CHINESE.get(name.strip().lower())
    if known:
        return known
    for end, act in _MOVES.items():
        if name.endswith(end) and (product := _CHINESE.get(name.removesuffix(end))):
            return product + act
    return name


def labels(names: Iterable[str | None], lang: Lang) -> list[str]:
    """Names as people say them; as they are where two would read the same. Null is a dash."""
    own = ["–" if name is None else name for name in names]
    spoken = [said(name, lang) for name in own]
    return spoken if len(set(spoken)) == len(set(own)) else own


def spoken(words: str) -> Text:
    """A step, or several, in both languages."""
    return Text(said(words, "en"), said(words, "zh"))
