"""Tables as CSV that a spreadsheet opens without running anything, and safe file names.

A text cell that starts with `=`, `+`, `-`, `@`, a tab or a line break is a formula to a spreadsheet;
such a cell gets a leading apostrophe. Numbers are written as numbers, so a negative amount keeps
its sign. The byte order mark makes Excel read the file as UTF-8.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

BOM = b"\xef\xbb\xbf"
_FORMULA = r"^[\s\x00\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]"
_NUMBER = r"^[+-]?\d+(?:\.\d+)?$"
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt")
                                                    for n in range(1, 10))})  # fmt: skip


def neutral(df: pl.DataFrame) -> pl.DataFrame:
    """The frame with formula-like text cells and column names disarmed.

    Text that is a plain signed number stays as it is: nothing runs, and sums keep working.
    """
    texts = [c for c in df.columns if df[c].dtype in (pl.String, pl.Categorical, pl.Enum)]
    cells = [pl.when(pl.col(c).cast(pl.String).str.contains(_FORMULA)
                     & ~pl.col(c).cast(pl.String).str.contains(_NUMBER))
             .then(pl.lit("'") + pl.col(c).cast(pl.String)).otherwise(pl.col(c).cast(pl.String)).alias(c)
             for c in texts]  # fmt: skip
    shown = df.with_columns(cells)
    return shown.rename({c: f"'{c}" for c in shown.columns if re.search(_FORMULA, c)})


def csv_bytes(df: pl.DataFrame) -> bytes:
    """UTF-8 CSV with byte order mark, comma, CRLF; text cells disarmed."""
    return BOM + neutral(df).write_csv(line_terminator="\r\n", float_scientific=False).encode()


def safe_file_name(name: str, suffix: str = "") -> str:
    """A file name that every disk takes and no path can hide in; letters of any script stay.

    >>> safe_file_name("../2024 客户/分层: A", ".csv")
    '2024_客户_分层_A.csv'
    >>> safe_file_name("..", ".csv")
    'download.csv'
    """
    text = unicodedata.normalize("NFKC", name)
    clean = re.sub(r"[^\w.-]+", "_", text).strip("._-")[:80].rstrip("._-")
    if not clean or clean.lower().partition(".")[0] in _RESERVED:
        clean = f"download_{clean}".rstrip("_")
    return f"{clean}{suffix}"
