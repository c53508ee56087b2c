"""Titles of the columns and tables of the rules view; apart, because there are many."""

from __future__ import annotations

from analytics.text import Text

COLUMNS: dict[str, Text] = {
    "antecedent": Text("Antecedent", "前项"), "consequent": Text("Consequent", "后项"),
    "antecedents": Text("Antecedents", "前项"), "antecedent_count": Text("With the antecedent", "满足前项"),
    "consequent_count": Text("With the consequent", "满足后项"), "count": Text("With both", "同时满足"),
    "n": Text("Baskets", "篮数"), "support": Text("Support", "支持度"), "confidence": Text("Confidence", "置信度"),
    "lift": Text("Lift", "提升度"), "lift_low": Text("Lift, lower end", "提升度下限"),
    "confirmed": Text("Confirmed", "已验证"), "antecedent_support": Text("Antecedent's share", "前项支持度"),
    "consequent_support": Text("Consequent's share", "后项支持度"),
    "representativity": Text("Representativity", "代表性"), "leverage": Text("Leverage", "杠杆率"),
    "conviction": Text("Conviction", "确信度"), "zhangs_metric": Text("Zhang's metric", "Zhang 指标"),
    "jaccard": Text("Jaccard", "Jaccard 系数"), "certainty": Text("Certainty", "确定性因子"),
    "kulczynski": Text("Kulczynski", "Kulczynski 系数"),
    "confidence_low": Text("Confidence, lower end", "置信度下限"),
    "confidence_high": Text("Confidence, upper end", "置信度上限"), "chi_square": Text("Chi-square", "卡方"),
    "odds_ratio": Text("Odds ratio", "优势比"), "odds_ratio_low": Text("Odds ratio, lower end", "优势比下限"),
    "odds_ratio_high": Text("Odds ratio, upper end", "优势比上限"),
    "relative_risk": Text("Relative risk", "相对风险"), "phi": Text("Phi", "Phi 系数"), "cosine": Text("Cosine", "余弦"),
    "imbalance": Text("Imbalance", "不平衡比"), "length": Text("Items", "项数"),
    "improvement": Text("Better than simpler rules by", "较简单规则提升"), "p": Text("p", "p 值"),
    "p_productive": Text("p, every item tested", "p 值（逐项检验）"), "p_adjusted": Text("p, corrected", "校正后 p 值"),
    "p_holm": Text("p, Holm", "Holm 校正 p 值"), "mined_confidence": Text("Confidence where mined", "挖掘样本置信度"),
    "mined_lift": Text("Lift where mined", "挖掘样本提升度"), "candidates": Text("Candidates", "候选客户数"),
    "expected_takers": Text("Expected takers", "预期人数"), "expected_low": Text("At least", "预期下限"),
    "expected_high": Text("At most", "预期上限"), "offer": Text("Offer", "推荐产品"), "because": Text("Because of", "依据"),
    "rank": Text("Rank", "顺位"), "control": Text("Leave alone", "对照组"), "group_number": Text("Group", "组号"),
    "rules": Text("Rules", "规则数"), "rule": Text("Rule", "规则序号"), "role": Text("Side", "位置"),
    "item_a": Text("Item", "项"), "item_b": Text("With", "同时持有"), "items": Text("Items", "项集"),
    "closed": Text("Closed", "闭项集"), "maximal": Text("Maximal", "极大项集"), "simpler": Text("Under", "并入"),
    "antecedent_held": Text("Antecedent held", "满足前项"), "consequent_held": Text("Consequent held", "满足后项"),
    "row_share": Text("Share of the row", "行占比"), "method": Text("Method", "方法"), "k": Text("Offers", "推荐数"),
    "phase": Text("Phase", "阶段"), "from_day": Text("From", "起始日"), "to_day": Text("Until", "截止日"),
    "precision_low": Text("Precision, lower end", "命中率下限"),
    "precision_high": Text("Precision, upper end", "命中率上限"), "precision": Text("Precision", "命中率"), "recall": Text("Recall", "召回率"), "hits": Text("Hits", "命中数"),
    "judged": Text("Customers judged", "评估客户数"), "cohort": Text("Joined in", "开户年份"),
    "rest_confidence": Text("Confidence elsewhere", "其余客户置信度"),
    "difference_low": Text("Difference, lower end", "差异下限"),
    "difference_high": Text("Difference, upper end", "差异上限"), "shuffle": Text("Shuffle", "打乱次序"),
    "over_thresholds": Text("Over the thresholds", "达到阈值"), "believed": Text("Believed", "判为可信"),
}  # fmt: skip
TABLES: dict[str, Text] = {
    "rules": Text("Rules", "规则"), "opportunities": Text("Whom to offer what", "推荐机会"),
    "offers": Text("Offers per customer", "客户推荐名单"), "holdout": Text("Held-out test", "留出验证"),
    "matrix": Text("Matrix", "规则矩阵"), "graph": Text("Network", "关联网络"), "parallel": Text("Rules item by item", "逐项路径"), "card": Text("Rule card", "规则卡片"),
    "pairs": Text("Pairs", "两两组合"), "itemsets": Text("Itemsets", "频繁项集"),
    "folded": Text("Folded rules", "冗余规则"), "next_best": Text("Next best product, measured", "下一产品推荐效果"),
    "next_product": Text("Everybody's next product", "每位客户的下一产品"),
    "cohorts": Text("By year of joining", "按开户年份"), "noise": Text("Shuffles", "随机打乱"),
}  # fmt: skip
