"""truth.json, written part by part so that a bank of a million customers needs no memory for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from sample_data.habits import ASLEEP_DAYS, SLEEPER
from sample_data.world import Block, Plan

SECTIONS = ("segments", "stages", "spells", "churned")


class TruthWriter:
    """Collects the truth of one block after the other; `close` writes the file.

    Args:
        plan: what was asked for.
        path: the file to write.
    """

    def __init__(self, plan: Plan, path: Path) -> None:
        self.plan, self.path = plan, path
        self._parts = {name: path.with_name(f".{name}.part") for name in SECTIONS}
        self._files = {name: part.open("w", encoding="utf-8") for name, part in self._parts.items()}
        self._empty = dict.fromkeys(SECTIONS, True)
        self._merged: dict[str, Any] = {"anomalies": [], "innocent": []}

    def add(self, block: Block) -> None:
        """One finished block: movements have their ids."""
        people = block.people
        seen = block.spells.filter(pl.col("since") <= self.plan.as_of).join(
            people.select("customer", "customer_id"), on="customer", maintain_order="left")  # fmt: skip
        last = seen.group_by("customer_id", maintain_order=True).agg(pl.col("stage").last())
        self._lines("segments", people["customer_id"], _quoted(segments(self.plan, block)))
        self._lines("stages", last["customer_id"], _quoted(last["stage"]))
        spell = seen.with_columns(text=pl.format('["{}", "{}"]', "since", "stage"))
        lists = spell.group_by("customer_id", maintain_order=True).agg(
            pl.format("[{}]", pl.col("text").str.join(", ")).first())  # fmt: skip
        self._lines("spells", lists["customer_id"], lists["text"])
        left = people.filter(pl.col("churned_on").is_not_null())
        self._lines("churned", left["customer_id"], _quoted(left["churned_on"].cast(pl.String)))
        merge(self._merged, block.truth)
        merge(self._merged, _marked(block))

    def _lines(self, section: str, ids: pl.Series, values: pl.Series) -> None:
        if not len(ids):
            return
        lines = pl.DataFrame({"id": ids, "value": values}).select(
            pl.format('"{}": {}', "id", "value")
        )
        start = "" if self._empty[section] else ",\n"
        self._files[section].write(start + ",\n".join(lines.to_series().to_list()))
        self._empty[section] = False

    def close(self, constants: Mapping[str, Any]) -> None:
        """Write the file; `constants` hold what is true of the whole bank and win over blocks."""
        plan = self.plan
        head = {"as_of": plan.as_of.isoformat(), "start": plan.start.isoformat(),
                "customers": plan.customers, "months": plan.months, "seed": plan.seed,
                "without": sorted(plan.without)}  # fmt: skip
        tail = {**{"sequences": [], "rules": [], "campaigns": {}}, **self._merged, **constants}
        with self.path.open("w", encoding="utf-8", newline="\n") as out:
            out.write("{\n" + "".join(f"{json.dumps(k)}: {_json(v)},\n" for k, v in head.items()))
            for section in SECTIONS:
                self._files[section].close()
                out.write(f'"{section}": {{\n')
                with self._parts[section].open(encoding="utf-8") as part:
                    while text := part.read(1 << 20):
                        out.write(text)
                out.write("\n},\n")
                self._parts[section].unlink()
            out.write(",\n".join(f"{json.dumps(k)}: {_json(v)}" for k, v in tail.items()) + "\n}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _quoted(values: pl.Series) -> pl.Series:
    return '"' + values + '"'


def merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Join lists, update dicts, replace anything else."""
    for key, value in more.items():
        if isinstance(value, list):
            into[key] = into.get(key, []) + value
        elif isinstance(value, dict):
            into[key] = {**into.get(key, {}), **value}
        else:
            into[key] = value


def segments(plan: Plan, block: Block) -> pl.Series:
    """The true behaviour segment of each customer on the last day."""
    if "segments" in plan.without:
        return block.people["segment"]
    began = block.months["customer"].unique().to_list()
    gone = pl.col("churned_on") <= plan.as_of - timedelta(days=ASLEEP_DAYS)
    asleep = gone.fill_null(False) | ~pl.col("customer").is_in(began)
    return block.people.select(
        pl.when(asleep).then(pl.lit(SLEEPER)).otherwise(pl.col("segment"))
    ).to_series()


def _marked(block: Block) -> dict[str, Any]:
    marked = block.movements.filter(pl.col("mark").is_not_null())
    ids = block.people["customer_id"].gather(marked["customer"])
    rows = zip(ids, marked["transaction_id"], marked["mark"].str.split_exact(":", 1)
               .struct.rename_fields(["what", "kind"]), strict=True)  # fmt: skip
    found: dict[str, Any] = {"anomalies": [], "innocent": []}
    for customer, transaction, mark in rows:
        section = "anomalies" if mark["what"] == "anomaly" else "innocent"
        found[section].append({"customer_id": customer, "transaction_id": transaction,
                               "kind": mark["kind"]})  # fmt: skip
    return found
