"""Titles of the columns and tables of segments and classes."""

from __future__ import annotations

from analytics.text import Text

ANALYSES = ("segments", "classes", "tiers")
COLUMNS: dict[str, Text] = {
    "name": Text("Name", "名称"), "told": Text("In words", "说明"), "rule": Text("Rule", "规则"),
    "rule_sql": Text("Rule as SQL", "规则 SQL"), "precision": Text("Precision", "精确率"),
    "recall": Text("Recall", "召回率"), "feature": Text("Feature key", "特征键"),
    "title": Text("Feature", "特征"), "like": Text("Repeats", "重复于"), "unit": Text("Unit", "单位"),
    "definition": Text("Definition", "定义"), "median": Text("Median", "中位数"),
    "lower_quartile": Text("Lower quartile", "下四分位数"), "upper_quartile": Text("Upper quartile", "上四分位数"),
    "mean": Text("Mean", "均值"), "overall_median": Text("Median overall", "总体中位数"),
    "overall_mean": Text("Mean overall", "总体均值"), "distance": Text("Difference (sd)", "差距（标准差）"),
    "k": Text("Segments", "分群数"), "silhouette": Text("Silhouette", "轮廓系数"), "gap": Text("Gap", "Gap 值"),
    "gap_error": Text("Error of the gap", "Gap 误差"), "bend": Text("Bend", "拐点强度"), "bic": Text("BIC", "BIC"),
    "stability": Text("Stability", "稳定性"), "least_stable_segment": Text("Least stable segment", "最不稳定分群"),
    "smallest_share": Text("Smallest share", "最小分群占比"), "eligible": Text("Eligible", "合格"),
    "chosen": Text("Chosen", "选中"), "quantile": Text("Quantile", "分位"), "x": Text("First axis", "第一主轴"),
    "y": Text("Second axis", "第二主轴"), "factor": Text("Factor", "因子"), "loading": Text("Loading", "载荷"),
    "found": Text("Structure found", "存在结构"), "p": Text("p", "p 值"), "z": Text("z", "z 值"),
    "copies": Text("Shuffled copies", "打乱副本数"), "share_again": Text("Share, second sample", "第二样本占比"),
    "moved_share": Text("Difference", "差异"), "from_segment": Text("Segment before", "此前分群"),
    "to_segment": Text("Segment now", "当前分群"), "other_segment": Text("Other settings: segment", "另一组参数：分群"),
    "other_name": Text("Other settings: name", "另一组参数：名称"), "psi": Text("PSI", "PSI"),
    "median_before": Text("Median before", "此前中位数"), "median_after": Text("Median now", "当前中位数"),
    "truth": Text("Label", "实际类别"), "predicted": Text("Foretold", "预测类别"), "flagged": Text("Flagged", "标记"),
    "model": Text("Model", "模型"), "accuracy": Text("Share told right", "判断正确占比"),
    "mean_recall": Text("Mean recall", "平均召回率"), "roc_auc": Text("Area under ROC", "ROC 面积"),
    "pr_auc": Text("Area under precision and recall", "PR 面积"), "base_rate": Text("Base rate", "基准率"),
    "value_tier": Text("Value", "价值层级"), "before_tier": Text("Value before", "此前层级"),
    "frequency_tier": Text("Frequency", "活跃频率"), "risk_tier": Text("Risk preference", "风险偏好"),
    "value": Text("Value measure", "价值口径值"), "active_days": Text("Active days", "活跃天数"),
    "score": Text("Score", "得分"), "given": Text("Given in the data", "数据已提供"), "from_value": Text("From", "起点"),
    "class": Text("Class", "类别"), "f1": Text("F1", "F1"), "threshold": Text("Threshold", "阈值"),
    "hits": Text("Hits", "命中"), "false_alarm_rate": Text("False alarm rate", "误报率"), "lift": Text("Lift", "提升度"),
    "importance": Text("Importance", "重要性"), "spread": Text("Spread", "波动"), "judged": Text("Judged", "评估人数"),
}  # fmt: skip
TABLES: dict[str, Text] = {
    "assignment": Text("Who is in which segment", "客户分群明细"), "profiles": Text("Profiles", "分群画像"),
    "criteria": Text("How many segments", "分群数判据"), "silhouettes": Text("Silhouettes", "轮廓系数"),
    "projection": Text("Projection", "二维投影"), "loadings": Text("Loadings", "因子载荷"),
    "structure": Text("Is there structure", "结构检验"), "features": Text("Features", "特征"),
    "feature_table": Text("Feature table", "特征明细"), "samples": Text("Second sample", "第二样本"),
    "migration": Text("Migration", "分群迁移"), "drift": Text("Drift", "特征漂移"),
    "comparison": Text("Other settings", "参数对照"), "predictions": Text("Customers", "客户预测明细"),
    "models": Text("Models", "模型对比"), "classes": Text("Classes", "各类表现"),
    "confusion": Text("Confusion matrix", "混淆矩阵"), "curve": Text("Thresholds", "阈值曲线"),
    "top": Text("Best share", "得分最高者"), "importance": Text("Importance", "特征重要性"),
    "labels": Text("Labels", "标签分布"), "tiers": Text("Customers", "客户分层明细"),
    "cross": Text("Value by risk preference", "价值与风险偏好"), "frequency": Text("Value by frequency", "价值与活跃频率"),
    "types": Text("Customer types", "客户类型"), "cuts": Text("Where tiers begin", "层级起点"),
}  # fmt: skip
