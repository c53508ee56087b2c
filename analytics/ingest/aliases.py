"""Header aliases: which words a bank's extract uses for a column we know, English and Chinese.

A *role* is what a column of a file can be: a canonical column of `analytics.schema`, or a helper
that several of them are made of (a direction, a credit amount, a time of day). A mapping is flat:
role -> header. Helpers:

- transactions: `direction`, `credit_amount`, `debit_amount`, `unit_price`, `time_of_day`;
- events, contacts, feedback: `time_of_day`;
- customers: `birth_date`, `birth_number` (YYMMDD, 50 added to a woman's month, as Czech banks do);
- the pseudo-table `bridge` (which customer holds which account): `owner_type`.

Names are compared after `normal`: width folded, lower case, letters and digits only. The canonical
names and their Chinese titles are aliases by construction, so they are not repeated here.
"""

# ruff: noqa: RUF002 - full-width letters are the point of the example
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from analytics.schema import ACCOUNT_ID, CUSTOMER_ID, TABLES

BRIDGE = "bridge"
# Characters of bank headers that Taiwan and Hong Kong write otherwise; aliases are kept simplified.
TRADITIONAL = str.maketrans(
    "戶號編碼額餘幣別貸時間類產帳賬對風險權營銷業務開屬網點櫃轉單價數類標誌識總計費稱職齡區積態發憑證據歷錄來傳頁設備結評級內項摘現儲種",
    "户号编码额余币别贷时间类产账账对风险权营销业务开属网点柜转单价数类标志识总计费称职龄区积态发凭证据历录来传页设备结评级内项摘现储种",
)
UNITS = re.compile(r"[(（\[【].*?[)）\]】]")


@lru_cache(maxsize=4096)
def normal(header: str) -> str:
    """A header reduced to what two spellings of it share.

    >>> normal("Txn_Date "), normal("交易金额（万元）"), normal("ＣＵＳＴ　ＩＤ"), normal("(%)")
    ('txndate', '交易金额', 'custid', '%')
    """
    text = unicodedata.normalize("NFKC", header).casefold().strip().translate(TRADITIONAL)
    bare = re.sub(r"[\W_]+", "", UNITS.sub("", text))
    return bare or re.sub(r"[\s_]+", "", text).strip("()[]")


_TIME = ["date", "time", "datetime", "timestamp", "ts", "时间", "日期", "日期时间", "发生日期", "发生时间", "time_stamp", "created_at", "create_time", "event_time", "event_date", "occurred_at", "创建时间", "记录时间", "操作时间", "数据日期", "dt", "when", "buchungstag", "buchungsdatum", "valuta"]  # fmt: skip
_CUSTOMER = ["cust_id", "client_id", "custid", "customer", "cust", "client", "customer_no", "customer_number", "cust_no", "client_no", "customer_code", "cust_code", "client_code", "cif", "cif_no", "cif_id", "party_id", "party_no", "user_id", "userid", "uid", "user", "member_id", "member_no", "case_id", "visitor_id", "person_id", "holder_id", "master_id", "客户编号", "客户id", "客户代码", "客户号码", "客户标识", "客户", "用户id", "用户号", "用户编号", "用户标识", "会员号", "会员id", "会员编号", "核心客户号", "客户内码", "cust_num", "id_customer", "customer_key", "customer_ref", "kundennummer", "客戶號", "客戶編號"]  # fmt: skip
_ACCOUNT = ["acct_id", "acct_no", "account_no", "account_number", "acc_no", "acc_id", "acct", "account", "acctno", "acctid", "acc", "accno", "account_code", "iban", "account_ref", "账户", "账户号", "账户编号", "账户id", "帐号", "帐户", "帐户号", "账号id", "卡号", "银行卡号", "card_no", "card_number", "card_num", "cc_num", "cc_number", "credit_card_number", "客户账号", "存款账号", "交易账号", "本方账号", "主账号", "帳號", "帳戶", "介质号", "合约号", "合同号", "contract_no", "deal_no"]  # fmt: skip
_CURRENCY = [
    "ccy",
    "cur",
    "curr",
    "currency_code",
    "ccy_code",
    "货币",
    "币别",
    "货币代码",
    "币种代码",
    "货币种类",
    "交易币种",
    "幣別",
    "幣種",
]
_PRODUCT = ["product_name", "product_code", "prod", "prod_name", "product_type", "account_type", "acct_type", "产品名称", "产品代码", "产品类型", "账户类型", "账户种类", "储种", "存款种类", "业务品种", "产品编号", "prod_id", "product_id"]  # fmt: skip
_CHANNEL = ["chnl", "channel_code", "channel_name", "channel_type", "渠道", "渠道名称", "渠道代码", "渠道类型", "办理渠道", "业务渠道", "交易途径", "途径", "terminal_type", "交易方式"]  # fmt: skip
_TIME_OF_DAY = ["time", "时间", "交易时间", "时刻", "txn_time", "trans_time", "tran_time", "transaction_time", "交易时刻", "发生时间", "发生时刻", "event_time", "hour_minute"]  # fmt: skip

_WORDS: Mapping[str, Mapping[str, list[str]]] = {
    "customers": {
        "opened_on": ["open_date", "opening_date", "opendate", "account_open_date", "customer_since", "since", "join_date", "joined_on", "joined", "registration_date", "register_date", "signup_date", "reg_date", "onboard_date", "relationship_start", "start_date", "开户日", "开户时间", "建户日期", "注册日期", "注册时间", "入网日期", "入行日期", "首次开户日期", "建立日期", "客户建立日期", "首开日", "date_opened", "opened", "created"],
        "birth_year": ["year_of_birth", "birthyear", "yob", "出生年", "出生年度"],
        "birth_date": ["birthday", "date_of_birth", "dob", "birthdate", "born", "出生日期", "生日", "出生年月", "出生年月日"],
        "birth_number": ["birth_no", "birthnumber", "rodne_cislo"],
        "gender": ["sex", "gender_code", "性别代码", "客户性别", "m_f"],
        "region": ["city", "province", "state", "area", "district", "district_id", "location", "country", "branch_region", "market", "zip_code", "postcode", "residence", "地域", "区域", "城市", "省份", "省", "市", "所在地", "所在城市", "所在地区", "归属地", "所属地区", "归属区域", "国家", "住所", "region_name", "province_name", "city_name"],
        "occupation": ["job", "profession", "job_title", "occupation_code", "employment", "work", "职务", "工作", "从业", "岗位", "行业职业"],
        "customer_type": ["cust_type", "client_type", "customer_segment", "segment", "customer_class", "cust_level", "client_segment", "customer_level", "客户分类", "客户类别", "客户等级", "客户层级", "客群", "客户性质", "客户级别"],
        "risk_level": ["risk", "risk_profile", "risk_appetite", "risk_tolerance", "risk_preference", "风险等级", "风险承受能力", "风险偏好等级", "风险测评", "风险评级", "风险类型", "风险承受等级", "风险测评等级"],
        "acquisition_channel": ["acq_channel", "acquisition", "source_channel", "signup_channel", "open_channel", "channel", "origin", "referral", "开户渠道", "来源渠道", "客户来源", "渠道来源", "注册渠道", "引流渠道", "渠道"],
        "consent": ["marketing_consent", "opt_in", "optin", "contactable", "consent_flag", "marketing_opt_in", "agree", "营销许可", "是否同意营销", "同意营销", "授权标志", "营销授权标志", "是否授权", "是否可营销", "营销同意"],
    },
    "accounts": {
        "product": [*_PRODUCT, "type", "类型"],
        "product_group": ["product_category", "product_class", "prod_group", "product_family", "product_line", "产品类别", "产品大类名称", "产品分类", "业务大类", "账户大类"],
        "opened_on": ["open_date", "opening_date", "opendate", "start_date", "date", "date_opened", "value_date", "issued", "opened", "created", "account_open_date", "effective_date", "开户日", "开户时间", "起息日", "起息日期", "起始日", "起始日期", "生效日期", "存入日期", "购买日期", "日期", "签约日期", "放款日期"],
        "closed_on": ["close_date", "closing_date", "closedate", "end_date", "closed", "date_closed", "销户日", "销户时间", "结清日期", "注销日期", "终止日期", "关闭日期"],
        "matures_on": ["maturity_date", "maturity", "due_date", "matdate", "expiry_date", "expiry", "到期日期", "到期", "期满日", "到期时间", "兑付日", "应还日期"],
        "term_months": ["term", "tenor", "term_m", "months", "duration_months", "tenor_months", "maturity_months", "期限", "存期", "期限月", "月数", "贷款期限", "期数"],
        "rate": ["interest_rate", "int_rate", "annual_rate", "apr", "apy", "interest", "yield", "coupon", "利率", "年利率", "执行利率", "年化利率", "年化收益率", "收益率", "存款利率"],
    },
    "transactions": {
        "happened_at": ["txn_date", "trans_date", "trans_date_trans_time", "transaction_date_time", "transaction_datetime", "tran_date", "transaction_date", "transaction_time", "txn_time", "trans_time", "txn_datetime", "txn_timestamp", "posting_date", "posted_at", "posted_on", "post_date", "booking_date", "bookingdate", "entry_date", "value_date", "invoice_date", "order_date", "purchase_date", "pay_time", "payment_date", "trade_date", "tx_date", "tx_time", "trx_date", "交易日期", "交易日", "交易日期时间", "入账日期", "入账时间", "记账日期", "记账日", "记账时间", "会计日期", "起息日", "过账日期", "账务日期", "支付时间", "付款时间", "下单时间", "订单日期", "消费日期", "消费时间", "购买日期", "交易时间戳", *_TIME],
        "amount": ["amt", "txn_amt", "txn_amount", "trans_amt", "trans_amount", "tran_amt", "transaction_amount", "transaction_amt", "tx_amount", "trx_amount", "value", "sum", "total", "payment", "price_total", "spend", "dollars", "total_amount", "net_amount", "line_total", "money", "金额", "交易金额", "发生额", "发生金额", "交易额", "本币金额", "入账金额", "记账金额", "支付金额", "消费金额", "订单金额", "实付金额", "收支金额", "betrag", "amount_lcy"],
        "direction": ["dr_cr", "drcr", "cr_dr", "crdr", "dc", "dc_flag", "d_c", "cd_flag", "dc_ind", "dr_cr_flag", "dr_cr_ind", "debit_credit", "credit_debit", "debit_credit_flag", "direction", "in_out", "sign", "type", "flow", "credit_debit_indicator", "借贷标志", "借贷标识", "借贷方向", "借贷", "收支标志", "收支类型", "收支方向", "收支", "收付标志", "收付标识", "收/支", "资金流向", "借/贷", "交易方向", "方向", "借贷别", "存取标志", "进出标志"],
        "credit_amount": ["credit", "credit_amt", "amount_credit", "cr_amount", "cr_amt", "deposit", "deposits", "paid_in", "money_in", "credits", "deposit_amt", "inflow", "income", "贷方金额", "贷方发生额", "收入金额", "存入金额", "收入", "存入", "贷方", "转入金额", "贷方发生金额", "进账金额"],
        "debit_amount": ["debit", "debit_amt", "amount_debit", "dr_amount", "dr_amt", "withdrawal", "withdrawals", "paid_out", "money_out", "debits", "withdrawal_amt", "outflow", "expense", "借方金额", "借方发生额", "支出金额", "支取金额", "支出", "支取", "借方", "转出金额", "借方发生金额", "出账金额"],
        "unit_price": ["unitprice", "price", "price_each", "unit_cost", "单价", "价格", "商品单价"],
        "time_of_day": _TIME_OF_DAY,
        "transaction_id": ["txn_id", "trans_id", "tran_id", "tx_id", "trx_id", "transaction_no", "transaction_number", "txn_no", "trans_no", "trans_num", "txn_num", "tran_no", "reference", "reference_no", "ref_no", "ref", "serial_no", "seq_no", "journal_no", "txn_ref", "流水号", "交易编号", "交易流水", "交易id", "交易序号", "核心流水号", "业务流水号", "凭证号", "参考号", "交易参考号", "流水编号"],
        "kind": ["txn_type", "trans_type", "tran_type", "transaction_type", "txn_kind", "txn_code", "trans_code", "transaction_code", "operation", "type", "tx_type", "trx_type", "payment_type", "transaction_kind", "交易种类", "交易类型名称", "交易代码", "交易码", "业务类型", "业务种类", "类型", "交易名称", "交易方式", "摘要代码", "摘要", "交易摘要", "摘要名称", "摘要描述", "业务摘要"],
        "channel": [*_CHANNEL, "payment_method"],
        "category": ["k_symbol", "merchant_category", "mcc", "cat", "txn_category", "spending_category", "category_name", "类别", "分类", "消费类别", "消费类型", "交易分类", "商户类别", "行业类别", "商户类型", "用途", "消费分类"],
        "counterparty": ["counter_party", "counterpart", "payee", "payer", "beneficiary", "merchant", "merchant_name", "opposite_party", "对手", "交易对手", "对方户名", "对方名称", "对方", "对方账号", "交易对方", "商户", "商户名称", "收款人", "付款人", "对手方名称", "对手账号", "对方账户"],
        "balance_after": ["balance", "bal", "running_balance", "account_balance", "acct_bal", "balance_amt", "closing_balance", "available_balance", "ending_balance", "余额", "账户余额", "交易余额", "当前余额", "可用余额", "账面余额", "本次余额"],
        "basket_id": ["invoice_no", "invoiceno", "invoice", "order_id", "order_no", "orderid", "basket", "receipt_no", "ticket_no", "cart_id", "订单编号", "订单", "小票号", "购物篮号", "发票号"],
        "item": ["stock_code", "stockcode", "sku", "product", "product_name", "product_code", "item_name", "item_id", "item_code", "article", "product_id", "goods", "商品名称", "商品编号", "商品代码", "商品编码", "产品", "产品名称", "货号"],
        "quantity": ["qty", "units", "quantity_sold", "num_items", "pieces", "件数", "购买数量", "份额", "数目", "份数"],
    },
    "balances": {
        "balance_on": ["date", "as_of", "as_of_date", "balance_date", "snapshot_date", "month", "month_end", "data_date", "stat_date", "reporting_date", "report_date", "eom", "bal_date", "日期", "数据日期", "统计日期", "快照日期", "月末", "统计月份", "月份", "账务日期", "余额时点", "时点日期", "数据日", "报表日期"],
        "balance": ["bal", "balance_amt", "account_balance", "closing_balance", "ending_balance", "eod_balance", "aum", "balance_amount", "outstanding", "账户余额", "存款余额", "资产余额", "时点余额", "日终余额", "期末余额", "月末余额", "资产规模", "当前余额", "余额金额", "aum余额"],
        "product": _PRODUCT,
    },
    "events": {
        "happened_at": ["event_timestamp", "visit_time", "click_time", "访问时间", "点击时间", "事件时间", "行为时间",
                        "server_time", "log_time", "登录时间", "触发时间", *_TIME],
        "time_of_day": _TIME_OF_DAY,
        "event": ["event_name", "event_type", "action", "activity", "behaviour", "behavior", "event_code", "action_name", "event_id", "action_type", "operation", "事件名称", "事件类型", "行为", "行为类型", "操作", "操作类型", "动作", "行为名称", "事件名", "事件代码", "埋点"],
        "session_id": ["session", "sessionid", "sess_id", "visit_id", "会话", "会话id", "会话编号", "会话标识"],
        "page": ["page_name", "screen", "url", "page_url", "page_id", "path", "page_title", "页面名称", "页面标题", "访问页面", "页面id", "页面路径"],
        "source": ["referrer", "referer", "utm_source", "traffic_source", "from", "来源渠道", "流量来源", "来源页面", "入口"],
        "slot": ["position", "placement", "banner", "slot_id", "位置", "广告位", "展位", "坑位", "资源位编号"],
        "device": ["device_type", "platform", "os", "terminal", "client_type", "设备类型", "终端", "终端类型", "平台", "操作系统", "机型"],
        "result": ["status", "outcome", "success", "result_code", "状态", "操作结果", "是否成功", "结果代码", "执行结果"],
        "reason": ["error", "error_code", "fail_reason", "failure_reason", "error_message", "失败原因", "错误码", "错误原因", "原因代码"],
        "duration_s": ["duration", "dwell_time", "stay_time", "seconds", "duration_sec", "time_spent", "停留时长", "停留时间", "时长", "耗时", "停留秒数"],
    },
    "contacts": {
        "campaign": ["campaign_name", "campaign_id", "campaign_code", "activity_name", "活动名称", "营销活动", "活动编号", "活动id", "活动代码", "营销活动名称", "活动编码"],
        "sent_at": ["sent", "send_time", "send_date", "sent_date", "sent_on", "contact_date", "contacted_at", "contact_time", "push_time", "delivered_at", "发送时间", "发送日期", "推送时间", "触达日期", "营销时间", "营销日期", "投放时间", *_TIME],
        "time_of_day": _TIME_OF_DAY,
        "arm": ["group", "treatment", "variant", "test_group", "experiment_group", "ab_group", "cell", "组别", "分组", "实验组", "实验分组", "测试组", "对照组", "组"],
        "channel": [*_CHANNEL, "contact_channel", "营销渠道", "推送渠道", "发送渠道"],
        "slot": ["position", "placement", "banner", "slot_id", "位置", "广告位", "展位", "坑位"],
        "creative": ["creative_id", "content", "template", "message", "素材名称", "素材编号", "文案", "模板", "内容", "创意"],
        "seen_at": ["opened_at", "open_time", "viewed_at", "view_time", "impression_time", "exposed_at", "查看时间", "打开时间", "展示时间", "阅读时间", "浏览时间"],
        "clicked_at": ["click_time", "click_date", "clicked", "点击日期"],
        "converted_at": ["conversion_time", "converted", "conversion_date", "purchase_time", "转化日期", "成交时间", "购买时间", "成交日期"],
        "cost": ["spend", "contact_cost", "unit_cost", "费用", "花费", "触达成本", "营销成本"],
    },
    "feedback": {
        "happened_at": ["survey_date", "survey_time", "response_date", "feedback_date", "answered_at", "submitted_at", "rating_date", "review_date", "调研日期", "调查日期", "评价时间", "评价日期", "反馈日期", "提交时间", "回访日期", "问卷日期", *_TIME],
        "time_of_day": _TIME_OF_DAY,
        "score": ["nps", "rating", "nps_score", "satisfaction", "csat", "stars", "grade", "分数", "打分", "满意度", "得分", "推荐值", "nps评分", "星级", "评价分", "满意度评分"],
        "text": ["comment", "comments", "feedback", "review", "verbatim", "message", "remark", "内容", "评论", "评价", "意见", "建议", "反馈", "评价内容", "备注", "留言"],
        "tag": ["topic", "category", "label", "theme", "reason", "类别", "主题", "分类", "反馈类型", "问题类型", "标签名称"],
    },
    "risk": {
        "risk_score": ["score", "pd", "credit_score", "default_probability", "probability", "评分", "信用评分", "违约概率", "信用分", "风险分", "风险分值"],
        "grade": ["risk_grade", "rating", "risk_rating", "risk_level", "credit_grade", "credit_rating", "评级", "信用等级", "信用评级", "风险评级", "五级分类", "风险级别"],
        "flag": ["risk_flag", "default", "defaulted", "is_default", "blacklist", "watchlist", "is_risky", "default_flag", "是否违约", "黑名单", "违约标志", "风险标志", "预警标志", "是否高风险", "关注标志"],
    },
    BRIDGE: {
        "owner_type": ["type", "disp_type", "relation", "relationship", "role", "holder_type", "ownership", "owner_flag", "is_owner", "primary_flag", "关系", "关系类型", "持有人类型", "户主标志", "账户关系", "主附标志", "客户关系", "角色", "主从标志", "持有类型"],
    },
}  # fmt: skip
_SHARED = {"customer_id": _CUSTOMER, "account_id": _ACCOUNT, "currency": _CURRENCY}
# An `id` column is a customer's only in tables of people, never in a table of transactions.
_OWN_ID = {"customers": ["id", "编号", "序号"], "feedback": ["id"], "risk": ["id"]}

FILE_WORDS: Mapping[str, tuple[str, ...]] = {
    "customers": ("customer", "client", "cust", "user", "member", "客户信息", "客户资料", "客户表", "客户主", "客户"),
    "accounts": ("account", "acct", "deposit", "账户", "帐户", "存款", "产品持有"),
    "transactions": ("transaction", "trans", "txn", "payment", "order", "sales", "retail", "purchase",
                     "交易", "流水", "明细", "订单", "消费"),
    "balances": ("balance", "aum", "余额", "资产"),
    "events": ("event", "click", "log", "behav", "visit", "行为", "事件", "日志", "埋点", "点击"),
    "contacts": ("contact", "campaign", "marketing", "营销", "触达", "活动"),
    "feedback": ("feedback", "nps", "survey", "review", "反馈", "评价", "调研", "满意度"),
    "risk": ("risk", "credit_score", "风险", "评级"),
    BRIDGE: ("bridge", "disp", "holder", "relation", "关系", "对应", "映射"),
}  # fmt: skip


def roles(table: str) -> dict[str, list[str]]:
    """Every role of a table with its normalised aliases, the surest first.

    >>> roles("transactions")["amount"][:3]
    ['amount', '金额', 'amt']
    """
    found = {role: [role, *words] for role, words in _WORDS.get(table, {}).items()}
    if table == BRIDGE:
        found = {c.name: [c.name, c.title.zh] for c in (CUSTOMER_ID, ACCOUNT_ID)} | found
    else:
        for column in TABLES[table].columns:
            words = found.get(column.name, [column.name])[1:]
            found[column.name] = [column.name, column.title.en, column.title.zh, *words]
    for role, shared in _SHARED.items():
        if role in found:
            found[role] = [*found[role], *shared]
    if table in _OWN_ID:
        found["customer_id"] = [*found["customer_id"], *_OWN_ID[table]]
    return {role: list(dict.fromkeys(map(normal, words))) for role, words in found.items()}


def header_score(header: str, aliases: list[str]) -> float:
    """How surely a header names a role: 1 the canonical name, 0.9 an alias, below 0.8 a part of it.

    >>> a = roles("transactions")["amount"]
    >>> header_score("Amount", a), header_score("交易金额(元)", a) > .85, header_score("colour", a)
    (1.0, True, 0.0)
    """
    name = normal(header)
    if name in aliases[:1]:
        return 1.0
    if name in aliases:
        return 0.97 - 0.1 * aliases.index(name) / len(aliases)
    parts = _parts(header)
    return max((0.45 + 0.35 * len(a) / len(name) for a in aliases if a in parts), default=0.0)


def _parts(header: str) -> set[str]:
    """Beginnings and ends of a header, whole words only where words are written apart.

    >>> sorted(_parts("reg_date")), "source" in _parts("resource"), "金额" in _parts("本期金额")
    (['date', 'reg'], False, True)
    """
    bare = UNITS.sub("", unicodedata.normalize("NFKC", header))
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", bare)
    words = [w.casefold() for w in re.findall(r"[A-Za-z0-9]+|[^\W_]", apart)]
    cuts = range(1, len(words))
    found = {"".join(words[:i]) for i in cuts} | {"".join(words[i:]) for i in cuts}
    return {w for w in found if len(w) >= (3 if w.isascii() else 2)}
