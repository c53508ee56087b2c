"""Which cells of a table of counts must be withheld so that no small one can be worked out.

A cell is small if its count lies in 1..k-1; zero is not (nobody is in it). Withholding the small ones
alone is not enough: a total less the other cells gives a single one back. So further cells go
(complementary suppression) until no small cell, no small subtotal and no small remainder of a line
follows from what is left.

What an attacker is taken to know: every cell that stands, and every subtotal over every choice of
key columns that a table of those subtotals would show under this same rule, whether the file prints
it or not. A withheld count x is given away exactly if it is a linear combination of the known sums
over withheld cells, that is if it lies in the row space of the matrix of these sums; so the test is
one projection, for any number of keys. A subtotal that its own table withholds must not follow either.

Literature: L. H. Cox, "Suppression Methodology and Statistical Disclosure Control", JASA 75 (1980),
377-385; A. Hundepool et al., Statistical Disclosure Control (2012), chapter 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl

MOST_KEYS = 3  # subtotals are taken over these; further keys only tell rows apart
NEGLIGIBLE = 1e-7
Cells = np.ndarray  # numbers of rows


def withheld(keys: pl.DataFrame, counts: Sequence[int | None], k: int,
             also: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """Which rows to blank, a truth value each.

    Args:
        keys: what tells the rows apart, one column per key; no column means a single list.
        counts: what each row counts; null counts as nobody.
        k: the smallest count that may be shown.
        also: rows that are blanked for another reason and must not be worked out either.
    """
    numbers = np.array([int(c or 0) for c in counts], dtype=np.int64)
    gone = (numbers > 0) & (numbers < k)
    if also is not None:
        gone = gone | (also & (numbers > 0))
    if not gone.any():
        return gone
    known, hidden = _lines(keys, numbers, k)
    for line in hidden:  # a subtotal follows if all its cells stand
        if not gone[line].any():
            gone[line[np.argmin(np.where(numbers[line] > 0, numbers[line], np.inf))]] = True
    targets = [np.array([i]) for i in np.flatnonzero(gone)] + hidden
    while given_away := _given_away(targets, known, gone) + _short(known, numbers, gone, k):
        if not _withhold_more(given_away, known, numbers, gone):
            known = [line for line in known if not any(_meet(line, t) for t in given_away)]
    return gone


def recoverable(keys: pl.DataFrame, counts: Sequence[int | None], gone: np.ndarray, k: int) -> int:
    """How many small cells follow from what stands and from the subtotals that are not small."""
    numbers = np.array([int(c or 0) for c in counts], dtype=np.int64)
    known, _ = _lines(keys, numbers, k)
    small = np.flatnonzero((numbers > 0) & (numbers < k))
    return len(_given_away([np.array([i]) for i in small], known, gone))


def _lines(keys: pl.DataFrame, numbers: np.ndarray, k: int) -> tuple[list[Cells], list[Cells]]:
    """Rows that share a subtotal, for every choice of keys but all of them: known ones, withheld ones."""
    names = keys.columns[:MOST_KEYS]
    whole = np.arange(keys.height)
    known = [] if 0 < numbers.sum() < k else [whole]
    hidden = [] if known else [whole]
    for size in range(1, len(names) + (len(keys.columns) > MOST_KEYS)):
        for chosen in combinations(names, size):
            groups = keys.with_row_index("_row").group_by(chosen, maintain_order=True)
            lines = [np.array(rows["_row"]) for _, rows in groups]
            sums = [int(numbers[line].sum()) for line in lines]
            apart = keys.select(chosen).unique(maintain_order=True)
            for line, gone in zip(lines, withheld(apart, sums, k), strict=True):
                (hidden if gone else known).append(line)
    return [sorted((one for one in lines if len(one) > 1), key=len) for lines in (known, hidden)]  # type: ignore[return-value]


def _given_away(targets: list[Cells], known: list[Cells], gone: np.ndarray) -> list[Cells]:
    """The targets whose count follows from the known sums and the cells that stand."""
    places = np.flatnonzero(gone)
    column = np.full(len(gone), -1)
    column[places] = np.arange(len(places))
    sums = _rows(known, column, len(places))
    sums = np.unique(sums[sums.any(axis=1)], axis=0)
    asked = _rows(targets, column, len(places))
    if sums.size:
        _, sizes, basis = np.linalg.svd(sums, full_matrices=False)
        basis = basis[sizes > NEGLIGIBLE]
        asked = asked - asked @ basis.T @ basis
    return [t for t, left in zip(targets, asked, strict=True) if np.abs(left).max(initial=0) < NEGLIGIBLE]  # fmt: skip


def _rows(lines: list[Cells], column: np.ndarray, width: int) -> np.ndarray:
    """Each line as a row of zeros and ones over the withheld cells."""
    found = np.zeros((len(lines), width))
    for number, line in enumerate(lines):
        places = column[line]
        found[number, places[places >= 0]] = 1
    return found


def _short(known: list[Cells], numbers: np.ndarray, gone: np.ndarray, k: int) -> list[Cells]:
    """Withheld cells of a known line that together are still small: the remainder names them."""
    parts = [line[gone[line]] for line in known]
    return [part for part in parts if 0 < numbers[part].sum() < k]


def _withhold_more(given_away: list[Cells], known: list[Cells], numbers: np.ndarray,
                   gone: np.ndarray) -> bool:  # fmt: skip
    """Blank the smallest standing cell of the shortest line of each target; False if none stands."""
    done, used = False, np.zeros(len(gone), dtype=bool)
    for target in given_away:
        if used[target].any():
            continue
        for line in known:  # the shortest first
            standing = line[~gone[line] & (numbers[line] > 0)]
            if _meet(line, target) and len(standing):
                gone[standing[np.argmin(numbers[standing])]] = True
                used[line], done = True, True
                break
    return done


def _meet(one: Cells, other: Cells) -> bool:
    return bool(np.isin(one, other).any())
