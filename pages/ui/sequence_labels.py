"""Titles of the columns and tables of sequences, funnel, paths and chains."""

from __future__ import annotations

from analytics.text import Text

ANALYSES = ("sequences", "funnel", "paths", "markov", "hmm")
COLUMNS: dict[str, Text] = {
    "pattern": Text("Pattern", "模式"), "sequences": Text("Sequences", "序列条数"),
    "low": Text("From (95 %)", "下限（95 %）"), "high": Text("To (95 %)", "上限（95 %）"),
    "length": Text("Steps", "步数"), "customers_a": Text("Customers, first group", "对比组客户数"),
    "customers_b": Text("Customers, second group", "参照组客户数"), "p_claim": Text("Claim p", "严格 p 值"),
    "share_a": Text("Share, first group", "对比组占比"), "share_b": Text("Share, second group", "参照组占比"),
    "lead_days": Text("Median lead, days", "提前天数中位数"),
    "rule": Text("Rule", "规则"), "median_lag_days": Text("Median lag, days", "间隔天数中位数"),
    "token": Text("Step", "步骤"), "count": Text("Count", "次数"), "antecedent": Text("First", "先"),
    "consequent": Text("Then", "后"), "antecedent_count": Text("Did the first", "完成前项"), "steps": Text("Steps", "步骤数"), "days_ago": Text("Days ago", "距今天数"),
    "group_customers": Text("Customers of the group", "组内客户数"), "step": Text("Step", "第几步"),
    "name": Text("Name", "名称"), "share_of_first": Text("Share of the first step", "占首步比例"),
    "share_of_previous": Text("Share of the previous step", "占上一步比例"),
    "previous_low": Text("From (previous)", "下限（上一步）"), "previous_high": Text("To (previous)", "上限（上一步）"),
    "dropped": Text("Dropped off", "流失"), "median_days_from_first": Text("Median days from the first", "距首步天数中位数"),
    "median_days_from_previous": Text("Median days from the previous", "距上一步天数中位数"),
    "from_days": Text("From, days", "起（天）"), "to_days": Text("To, days", "止（天）"),
    "source": Text("From", "起点"), "target": Text("To", "终点"), "transition": Text("Transition", "转移"),
    "out_probability": Text("Chance of going there", "转出概率"), "in_probability": Text("Chance of coming from there", "转入概率"),
    "per_customer": Text("Per customer", "客均次数"), "median_hours": Text("Median hours", "小时中位数"),
    "p95_hours": Text("95th percentile, hours", "第 95 百分位（小时）"), "visits": Text("Visits", "次数"),
    "search": Text("Way", "路径"),
    "state": Text("State", "状态"), "next": Text("Next", "下一步"), "probability": Text("Chance", "概率"),
    "first_share": Text("Share that begins here", "起始占比"), "long_run_share": Text("Long-run share", "长期占比"),
    "mean_days": Text("Mean days until the next", "到下一步平均天数"), "class": Text("Class", "互通类"),
    "expected_steps": Text("Steps until the end", "期望步数"), "expected_days": Text("Days until the end", "期望天数"),
    "order": Text("Order", "阶数"), "log_likelihood": Text("Log-likelihood", "对数似然"),
    "parameters": Text("Parameters", "参数个数"), "bic": Text("BIC", "BIC"), "best": Text("Chosen", "选定"),
    "model": Text("Guess", "预测方法"), "log_loss": Text("Log loss", "对数损失"),
    "top3_hit_rate": Text("Among the first three", "前三命中率"), "horizon": Text("Steps ahead", "未来步数"),
    "ends_in": Text("Ends in", "最终状态"), "hidden": Text("Hidden states", "隐状态数"),
    "worst_start": Text("Worst start", "最差起点"), "spread": Text("Spread of the starts", "起点离散度"),
    "smallest_share": Text("Smallest state", "最小状态占比"), "mean_run_steps": Text("Mean run, steps", "平均持续步数"),
    "part": Text("What is compared", "对比项"), "of_a": Text("Out of, first group", "对比组总数"),
    "of_b": Text("Out of, second group", "参照组总数"), "period": Text("Month", "月份"), "typical_steps": Text("Typical steps", "典型步骤"),
}  # fmt: skip
TABLES: dict[str, Text] = {
    "compared": Text("Two groups compared", "两组对比"),     "patterns": Text("Patterns", "模式"), "contrast": Text("Comparison", "两组对比"), "scored": Text("Customers who show them now", "当前出现该模式的客户"),
    "alphabet": Text("Steps", "步骤表"), "funnel": Text("Funnel", "漏斗"), "dropoff": Text("Drop-off", "各步流失"),
    "times": Text("Time to convert", "转化用时"), "transitions": Text("Transitions", "转移"), "nodes": Text("Layers", "分层"),
    "flows": Text("Flows", "流向"), "steps_by_group": Text("Layers per group", "各组分层"), "dwell": Text("Dwell times", "停留时长"), "search": Text("Way", "路径查找"),
    "matrix": Text("Transition matrix", "转移矩阵"), "orders": Text("Memory", "阶数选择"), "scores": Text("Held-out scores", "留出评估"),
    "absorption": Text("Where it ends", "最终去向"), "next": Text("Next step of customers", "客户下一步"),
    "states": Text("States", "状态"), "emission": Text("Steps of each state", "状态行为"), "moves": Text("Moves", "状态转移"),
    "models": Text("Models tried", "备选模型"), "months": Text("Months", "月度"), "assignment": Text("Customers", "客户明细"),
}  # fmt: skip
