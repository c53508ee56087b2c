"""The readiness board: which analyses an extract can carry, and exactly what each one misses.

Ready: every column the analysis can use is there. Degraded: it runs, and says what is lost.
Blocked: a required table or column is missing. The answer comes from what was mapped at import;
a mapped column without any value is `quality`'s finding `empty_column`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from analytics import schema
from analytics.dataset import Dataset
from analytics.registry import Analysis, Need, all_analyses
from analytics.text import NO_TEXT, Text

State = Literal["ready", "degraded", "blocked"]
STATES: dict[State, Text] = {
    "ready": Text("Ready", "就绪"), "degraded": Text("Runs with less", "部分可用"),
    "blocked": Text("Blocked", "无法运行"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Where one analysis stands on one dataset.

    Args:
        key: the analysis, as on the command line.
        title: its name for people.
        page: its page below pages/.
        state: ready, degraded or blocked.
        blocking: required needs that are missing, each `table.column` or alternatives with `|`.
        missing: optional needs that are missing, written likewise.
        message: one sentence that names all of them, and what is lost.
    """

    key: str
    title: Text
    page: str
    state: State
    blocking: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    message: Text = NO_TEXT

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"analysis": self.key, "state": self.state, "blocking": list(self.blocking),
                "missing": list(self.missing), "message": self.message.en,
                "message_zh": self.message.zh}  # fmt: skip


def board(data: Dataset, analyses: Iterable[Analysis] | None = None) -> list[Readiness]:
    """One entry per analysis of the registry (or of `analyses`), in its order."""
    return [readiness(data, one) for one in (all_analyses() if analyses is None else analyses)]


def readiness(data: Dataset, analysis: Analysis) -> Readiness:
    """What this dataset lets this analysis do."""
    lacking = [need for need in analysis.needs if not _met(data, need)]
    blocking = tuple(need for need in lacking if need.required)
    missing = tuple(need for need in lacking if not need.required)
    state: State = "blocked" if blocking else "degraded" if missing else "ready"
    return Readiness(
        key=analysis.key, title=analysis.title, page=analysis.page, state=state,
        blocking=tuple(need.path for need in blocking),
        missing=tuple(need.path for need in missing),
        message=_blocked(blocking) if blocking else _degraded(missing))  # fmt: skip


def _met(data: Dataset, need: Need) -> bool:
    return any(data.has(path) for path in need.path.split("|"))


def named(path: str) -> Text:
    """A need in words: `Transactions: Kind`, alternatives joined by "or"."""
    parts = [_named_one(one) for one in path.split("|")]
    return Text(" or ".join(p.en for p in parts), "或".join(p.zh for p in parts))


def _named_one(path: str) -> Text:
    table, _, column = path.partition(".")
    title = schema.TABLES[table].title
    if not column:
        return title
    name = schema.column(path).title
    return Text(f"{title.en}: {name.en}", f"{title.zh}「{name.zh}」")


def _blocked(needs: tuple[Need, ...]) -> Text:
    names = [named(need.path) for need in needs]
    return Text(
        f"Missing: {'; '.join(n.en for n in names)}. Add an extract that has it, or map the column.",
        f"缺少：{'；'.join(n.zh for n in names)}。请补充包含该内容的数据，或为相应列建立映射。")  # fmt: skip


def _degraded(needs: tuple[Need, ...]) -> Text:
    parts = [(named(need.path), need.without) for need in needs]
    return Text(". ".join(f"Without {name.en}: {lost.en}" for name, lost in parts),
                "；".join(f"缺少{name.zh}：{lost.zh}" for name, lost in parts))  # fmt: skip
