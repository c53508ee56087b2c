"""Small extracts written by hand for the import tests, and the shortest way through the import."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from analytics.dataset import Dataset
from analytics.ingest.accounting import ImportReport
from analytics.ingest.examine import plan_file
from analytics.ingest.mapping import FilePlan
from analytics.ingest.pipeline import import_plans
from analytics.ingest.reader import read_file

TODAY = date(2025, 1, 31)


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A file of these lines; the text's common indentation is not part of it."""
    path = folder / name
    lines = [line.strip() for line in text.strip().splitlines()]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def plan_of(
    folder: Path, text: str, name: str = "extract.csv", table: str | None = None
) -> FilePlan:
    """The plan of one small file, read in this process: a child for each would take its time."""
    [raw] = read_file(write(folder, name, text), folder / f"work-{name}")
    return plan_file(raw, None, table)


def load(folder: Path, plans: list[FilePlan], **options: object) -> tuple[Dataset, ImportReport]:
    """Import plans into a fresh folder and open the dataset."""
    target = folder / f"dataset{len(list(folder.glob('dataset*')))}"
    options = {"today": TODAY} | options
    report = import_plans(plans, target, "bank", **options)  # type: ignore[arg-type]
    return Dataset(report.path), report
