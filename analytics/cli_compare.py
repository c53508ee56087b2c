"""`tidemark compare`: two kept extracts side by side, what moved and by how much more than chance."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics import cli_output
from analytics.store import store
from analytics.text import Text, UserError

if TYPE_CHECKING:
    import polars as pl

    from analytics.dataset import Dataset
    from analytics.extracts import Compared
    from analytics.params import Params

MOST_LISTED = 40
SUMMARY = Text("{n} of {all} numbers moved by more than chance (p adjusted by Holm, {level} in all).",
               "{all}个数值中有{n}个变动超出偶然（p 值经 Holm 校正，总体水平 {level}）。")  # fmt: skip
SHARE = Text("{analysis}, {row}: {before} -> {now} ({gap} points, 95 % {low} to {high}, z {z}, adjusted p {p}; {basis})",
             "{analysis}，{row}：{before} -> {now}（{gap} 个百分点，95% 区间 {low} 至 {high}，z {z}，校正 p {p}；{basis}）")  # fmt: skip
MEAN = Text("{analysis}, mean {row}: {before} -> {now} (95 % {low} to {high}, z {z}, adjusted p {p}; {basis})",
            "{analysis}，{row}均值：{before} -> {now}（95% 区间 {low} 至 {high}，z {z}，校正 p {p}；{basis}）")  # fmt: skip
BASIS = {
    "all": Text("all customers", "全部客户"),
    "same": Text("the customers in both", "两份数据共有的客户"),
}
WRITTEN = Text("{path} written.", "已写出 {path}。")
SAME = Text("Both names mean the same extract; give two different ones.", "两个名称指向同一份数据，请给出两份不同的数据。")  # fmt: skip
BAD_SET = Text(
    "--set {word}: expected ANALYSIS.param=value.", "--set {word}：格式应为 分析.参数=值。"
)


def compare(args: argparse.Namespace) -> int:
    """Hold two kept datasets against each other; status 0 whether or not anything moved."""
    from analytics import extracts
    from analytics.dataset import Population
    from analytics.readiness import readiness
    from analytics.registry import all_analyses, load

    asked = [load(key).key for key in args.analysis]
    params, population = _params(args.set), Population.parse(args.where)
    shelf = store()
    try:
        then, now = shelf.open_kept(args.before), shelf.open_kept(args.now)
        if then.fingerprint == now.fingerprint:
            raise UserError(SAME, "usage")
        ready = [one.key for one in all_analyses() if readiness(now, one).state != "blocked"]
        found = extracts.withheld(
            extracts.compare(then, now, asked or ready, params, population), args.smallest
        )
        told = as_dict(found, then, now, population.as_words())
    finally:
        shelf.close()
    for path in map(Path, args.out):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(cli_output.as_json(told), encoding="utf-8")
        if not args.json:
            cli_output.say(WRITTEN.fill(path=path.name))
    if args.json:
        cli_output.print_json(told)
    else:
        cli_output.lines(_words(found))
    return 0


def as_dict(found: Compared, then: Dataset, now: Dataset, population: list[str]) -> dict[str, Any]:
    """The JSON of `compare`; holds no row of any customer, and no small group."""
    from analytics.extracts import LEVEL

    def both(texts: Any) -> dict[str, str]:
        return {"en": texts.en, "zh": texts.zh}

    return {
        "before": _side(then), "now": _side(now), "population": population,
        "analyses": list(found.headlines), "tested": found.tested,
        "moved": found.moved.height + found.moved_means.height, "correction": "holm", "level": LEVEL,
        "headlines": {key: {"before": both(a), "now": both(b)} for key, (a, b) in found.headlines.items()},
        "shares": found.moves.to_dicts(), "means": found.means.to_dicts(),
        "not_frozen": {key: both(why) for key, why in found.not_frozen.items()},
        "refused": {key: both(why) for key, why in found.refused.items()},
    }  # fmt: skip


def _side(data: Dataset) -> dict[str, Any]:
    return {
        "dataset": data.name,
        "fingerprint": data.fingerprint,
        "as_of": data.default_as_of.isoformat(),
    }


def _params(words: list[str]) -> dict[str, Params]:
    """`analysis.param=value` words as parameters per analysis."""
    from analytics.registry import load

    found: dict[str, dict[str, str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        key, dot, param = name.partition(".")
        if not (equals and dot):
            raise UserError(BAD_SET.fill(word=word), "usage")
        found.setdefault(key, {})[param] = value
    return {key: load(key).params.parse(values) for key, values in found.items()}


def _words(found: Compared) -> list[Text]:
    """What moved, a line each, then how many of how many."""
    from analytics.extracts import LEVEL

    listed = [*_lines(found.moved, SHARE), *_lines(found.moved_means, MEAN)][:MOST_LISTED]
    refused = list(found.refused.values())
    moved = found.moved.height + found.moved_means.height
    return [*listed, *refused, SUMMARY.fill(n=moved, all=found.tested, level=f"{LEVEL:.0%}")]


def _lines(rows: pl.DataFrame, words: Text) -> list[Text]:
    from analytics.registry import load

    found = []
    for one in rows.drop_nulls("difference").iter_rows(named=True):
        share = "share_now" in one
        scale, form = (100, "+.1f") if share else (1, "+,.4g")
        before, now = ("share_before", "share_now") if share else ("mean_before", "mean_now")
        written = {"before": f"{one[before]:.1%}" if share else f"{one[before]:,.4g}",
                   "now": f"{one[now]:.1%}" if share else f"{one[now]:,.4g}"}  # fmt: skip
        found.append(words.fill(
            analysis=load(one["analysis"]).title, row=one["row"] if share else one["figure"], **written,
            gap=f"{scale * one['difference']:{form}}", low=f"{scale * one['low']:{form}}",
            high=f"{scale * one['high']:{form}}", z=f"{one['z']:+.1f}", p=f"{one['p_adjusted']:.2g}",
            basis=BASIS[one.get("basis", "same")]))  # fmt: skip
    return found
