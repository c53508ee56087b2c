"""`tidemark report`: a story told again from the data, every number held against the one in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import cli_output
from analytics.store import Store, store
from analytics.text import Text, UserError

if TYPE_CHECKING:
    from analytics.story.book import Story
    from analytics.story.rebuild import Retold

MOST_LISTED = 40
ANOTHER = Text("This story was told from another extract (fingerprint {old}, now {new}).",
               "该汇报基于另一份数据（指纹 {old}，当前为 {new}）。")  # fmt: skip
SAME = Text("{n} numbers in {frames} frames, all as told.", "{frames}页共{n}个数值，均与汇报一致。")
DIFFER = Text("{n} of {all} numbers differ.", "{all}个数值中有{n}个不同。")
LINE = Text(
    "frame {frame}: {identity}: {before} -> {after}", "第{frame}页：{identity}：{before} -> {after}"
)
REFUSED = Text("frame {frame} could not be computed. {why}", "第{frame}页无法计算。{why}")
MORE = Text("... and {n} more.", "……另有{n}个。")
WRITTEN = Text("{path} written.", "已写出 {path}。")


def report(args: argparse.Namespace) -> int:
    """Rebuild a story; exit status 1 and the list if a number differs."""
    from analytics.story.book import Story
    from analytics.story.files import FORMATS
    from analytics.story.rebuild import retell

    story = Story.from_json(_read(Path(args.story)))
    outs = [(Path(one), Path(one).suffix.lstrip(".").lower()) for one in args.out]
    for path, kind in outs:
        if kind not in FORMATS:
            raise UserError(Text(f"--out {path.name}: expected a file ending in {', '.join(FORMATS)}.",
                                 f"--out {path.name}：文件后缀应为 {', '.join(FORMATS)} 之一。"), "usage")  # fmt: skip
    shelf = store()
    try:
        retold = retell(story, shelf.open_kept(args.data or _own(shelf, story)))
    finally:
        shelf.close()
    _write(outs, retold, args)
    _say(story, retold, args)
    return 0 if retold.same else 1


def _own(shelf: Store, story: Story) -> str:
    """The kept dataset the story was told from: the one of that content, else of that name."""
    same = [one.name for one in shelf.kept()
            if shelf.open_kept(one.name).fingerprint == story.source.fingerprint]  # fmt: skip
    return same[0] if same else story.source.name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UserError(Text(f"{path.name} cannot be read as a story.", f"无法将 {path.name} 读作汇报文件。"),
                        "story") from None  # fmt: skip


def _write(outs: list[tuple[Path, str]], retold: Retold, args: argparse.Namespace) -> None:
    """The story as told now; frames that could not be computed are left out."""
    from dataclasses import replace

    from analytics.story.files import make
    from analytics.story.written import Told

    kept = [(f, s) for f, s in zip(retold.story.frames, retold.shown, strict=True) if s is not None]
    told = Told(story=replace(retold.story, frames=tuple(f for f, _ in kept)), shown=tuple(s for _, s in kept),
                lang=args.lang or cli_output.language(), theme=args.theme)  # fmt: skip
    for path, kind in outs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make(kind, told))
        if not args.json:
            cli_output.say(WRITTEN.fill(path=path.name))


def _say(story: Story, retold: Retold, args: argparse.Namespace) -> None:
    numbers = sum(len(frame.numbers) for frame in story.frames)
    moved = [{"frame": one.frame + 1, "number": one.identity, "before": one.before, "after": one.after,
              "what": one.what} for one in retold.moves]  # fmt: skip
    if args.json:
        refused = {str(n + 1): {"en": why.en, "zh": why.zh} for n, why in retold.refused.items()}
        cli_output.print_json({
            "story": story.title, "same": retold.same, "numbers": numbers, "moved": moved, "refused": refused,
            "told_from": story.source.fingerprint, "fingerprint": retold.story.source.fingerprint})  # fmt: skip
        return
    if story.source.fingerprint != retold.story.source.fingerprint:
        cli_output.say(
            ANOTHER.fill(old=story.source.fingerprint, new=retold.story.source.fingerprint)
        )
    for frame, why in retold.refused.items():
        cli_output.say(REFUSED.fill(frame=frame + 1, why=why))
    lines = [LINE.fill(frame=one["frame"], identity=one["number"], before=_plain(one["before"]),
                       after=_plain(one["after"])) for one in moved[:MOST_LISTED]]  # fmt: skip
    if len(moved) > MOST_LISTED:
        lines.append(MORE.fill(n=len(moved) - MOST_LISTED))
    summary = SAME.fill(n=numbers, frames=len(story.frames)) if retold.same else DIFFER.fill(
        n=len(moved), all=numbers)  # fmt: skip
    cli_output.lines([*lines, summary])


def _plain(value: object) -> object:
    return "–" if value is None else value
