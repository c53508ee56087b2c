"""What is known of a dataset without opening it: `about.json` beside the file, names and slugs."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from analytics.dataset import FILE_NAME, Dataset
from analytics.state import FILE_NAME as STATE_NAME
from analytics.state import State
from analytics.text import Text, UserError

ABOUT_NAME = "about.json"
LONGEST_NAME = 120


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """One dataset of the store.

    Args:
        key: what the store calls it: a slug among the kept ones, an id among uploads.
        name: what its analyst calls it; any text, so show it through `safe_label`.
        kept: kept for everybody, or an upload of one owner.
        folder: where it is.
        fingerprint: identifies the content.
        as_of: its default day.
        rows: rows loaded per canonical table.
        size_bytes: size of the dataset file.
        created_at: when it was imported or kept, UTC.
        manifest: the manifest as the import wrote it.
    """

    key: str
    name: str
    kept: bool
    folder: Path
    fingerprint: str
    as_of: date
    rows: Mapping[str, int]
    size_bytes: int
    created_at: datetime
    manifest: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"dataset": self.name, "key": self.key, "fingerprint": self.fingerprint,
                "as_of": self.as_of.isoformat(), "rows": dict(self.rows), "size_bytes": self.size_bytes,
                "created_at": self.created_at.isoformat(timespec="seconds")}  # fmt: skip


def title(name: str) -> str:
    """A dataset's name: any printable text up to 120 characters, composed, blanks made single.

    >>> title("  2024  年零售/客户 ")
    '2024 年零售/客户'
    """
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise UserError(
            Text(f"A dataset's name has 1 to {LONGEST_NAME} printable characters. Choose another name.",
                 f"数据集名称须为 1 至 {LONGEST_NAME} 个可见字符，请换一个名称。"), "name")  # fmt: skip
    return clean


def slug(name: str) -> str:
    """The folder name that stands for a dataset's name: readable, unique, safe on every disk.

    >>> slug("../Berka 1999")
    'berka-1999-0e0f2d029c'
    """
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    readable = re.sub(r"[^a-z0-9]+", "-", clean.lower().encode("ascii", "ignore").decode())
    digest = hashlib.sha256(clean.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return "-".join(part for part in (readable.strip("-")[:40].strip("-"), digest) if part)


def write_about(folder: Path, key: str, name: str, now: datetime) -> None:
    """Finish a dataset folder: manifest copy, state with its secret, nothing readable by others."""
    data = Dataset(folder / FILE_NAME)
    try:
        about = {"key": key, "name": name, "created_at": now.isoformat(), "manifest": data.manifest}
    finally:
        data.close()
    State(folder / STATE_NAME).secret()
    (folder / ABOUT_NAME).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def read_about(folder: Path, *, kept: bool) -> DatasetInfo | None:
    """What `write_about` wrote; None if this is not the folder of a finished dataset."""
    try:
        about = json.loads((folder / ABOUT_NAME).read_text("utf-8"))
        size = (folder / FILE_NAME).stat().st_size
        manifest = about["manifest"]
        return DatasetInfo(
            key=folder.name, name=about["name"], kept=kept, folder=folder,
            fingerprint=manifest["fingerprint"], as_of=date.fromisoformat(manifest["as_of"]),
            rows={t: facts["loaded"] for t, facts in manifest["tables"].items()},
            size_bytes=size, created_at=datetime.fromisoformat(about["created_at"]),
            manifest=manifest)  # fmt: skip
    except (OSError, ValueError, KeyError):
        return None


def unknown(names: Sequence[str]) -> UserError:
    """The error of a dataset that is not there, or not this owner's: the two look the same."""
    known = ", ".join(names[:20])
    hint = (
        Text(f" Kept datasets: {known}.", f"已保存的数据集：{known}。") if known else Text("", "")
    )
    return UserError(
        Text("There is no such dataset; it may have been deleted. Choose or load another one.",
             "没有该数据集，可能已被删除。请选择或重新载入数据集。") if not known else
        Text(f"There is no such dataset.{hint.en}", f"没有该数据集。{hint.zh}"), "no_dataset")  # fmt: skip


def taken() -> UserError:
    """The error of a name that is in use."""
    return UserError(
        Text("A dataset of this name is kept already. Delete it first, or choose another name.",
             "已有同名的保存数据集，请先删除它，或换一个名称。"), "name_taken")  # fmt: skip
