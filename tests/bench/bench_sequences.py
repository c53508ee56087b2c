"""Sequences beside other libraries, in one run: ratios of medians of processor time.

`python -m tests.bench.bench_sequences [--data FOLDER] [--only mine|hmm|big|transitions|shuffles]`.
FOLDER holds `mining/*.seq.gz`. PyPI `prefixspan` comes from the bench requirements. Figures are
printed as JSON with the machine's calibration, never asserted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from analytics import hmm
from analytics.markov import transition_counts
from analytics.patterns import Events, Limits, mine
from analytics.sequences import contrast
from tests.bench.calibrate import calibrate

REPEATS = 3
Figures = dict[str, Any]


def seconds(job: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median processor seconds of a job."""
    found = []
    for _ in range(repeats):
        began = time.process_time()
        job()
        found.append(time.process_time() - began)
    return statistics.median(found)


def bench_mine(folder: Path) -> Figures:
    """Our miner and PyPI prefixspan on the same sequences; both must find as many patterns."""
    from prefixspan import PrefixSpan

    found: Figures = {}
    for name, least in (("LEVIATHAN", 292), ("kosarak25k", 100)):
        with gzip.open(folder / f"mining/{name}.seq.gz", "rt") as lines:
            rows = [[int(w) for w in line.split() if int(w) >= 0] for line in lines]
        code = {
            item: number for number, item in enumerate(sorted({i for row in rows for i in row}))
        }
        sequence = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        item = np.array([code[i] for row in rows for i in row])
        events = Events.of(sequence, item, None, len(rows), len(code))
        ours, theirs = len(mine(events, least)), len(PrefixSpan(rows).frequent(least))
        a, b = (
            seconds(lambda e=events, n=least: mine(e, n)),
            seconds(lambda r=rows, n=least: PrefixSpan(r).frequent(n)),
        )
        found[name] = {
            "patterns": ours,
            "patterns_prefixspan": theirs,
            "ours_s": a,
            "prefixspan_s": b,
            "ratio": b / a,
        }
    return found


def bench_hmm() -> Figures:
    """Five steps of expectation-maximisation, three states, eight symbols."""
    from hmmlearn.hmm import CategoricalHMM

    found: Figures = {}
    for n, length in ((16_667, 12), (200, 1000)):
        random = np.random.default_rng(1)
        symbol = random.integers(0, 8, n * length)
        model = hmm.random_model(random, 3, 8)
        data = hmm.Padded.of(np.repeat(np.arange(n), length), symbol)

        def theirs(model=model, symbol=symbol, n=n, length=length) -> None:
            other = CategoricalHMM(3, n_features=8, n_iter=5, tol=-np.inf, init_params="")
            other.startprob_, other.transmat_, other.emissionprob_ = (
                model.start,
                model.move,
                model.emit,
            )
            other.fit(symbol[:, None], np.full(n, length))

        a = seconds(lambda data=data, model=model: hmm.climb(data, model, 5, -np.inf))
        b = seconds(theirs)
        found[f"{n} x {length}"] = {"ours_s": a, "hmmlearn_s": b, "ratio": b / a}
    return found


def bench_big() -> Figures:
    """1.1 million events of 100,000 customers over 40 codes, gap at most 2, 1 %, length 4."""
    random = np.random.default_rng(2)
    sequence = np.sort(random.integers(0, 100_000, 1_100_000))
    share = 1 / np.arange(1, 41)
    item = random.choice(40, 1_100_000, p=share / share.sum())
    events = Events.of(sequence, item, None, 100_000, 40)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = seconds(lambda: mine(events, 1000, Limits(max_gap_steps=2), 4))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"patterns": len(mine(events, 1000, Limits(max_gap_steps=2), 4)), "seconds": spent,
            "peak_mb": peak / 1024, "peak_above_start_mb": (peak - before) / 1024}  # fmt: skip


def bench_transitions() -> Figures:
    """Transition counts of ten million events."""
    random = np.random.default_rng(3)
    sequence = np.sort(random.integers(0, 1_000_000, 10_000_000, dtype=np.int32))
    item = random.integers(0, 20, 10_000_000, dtype=np.int32)
    return {"seconds": seconds(lambda: transition_counts(sequence, item, 20))}


def bench_shuffles(runs: int = 200) -> Figures:
    """Shuffled labels of three invented banks: runs with any survivor at q < 0.05.

    The patterns are mined once a bank: the labels do not decide which are tested.
    """
    from analytics.sequences import MineParams
    from analytics.sequences.mining import limits_of
    from tests.test_sequences_contrast import PLANTED, lost_and_kept

    params, found = MineParams(), {}
    for bank in (1, 2, 3):
        held, names = lost_and_kept(bank)
        true = contrast.compare(held.events, held.in_a, limits_of(params), min_support=params.min_support,
                                max_length=params.max_length, max_patterns=params.max_patterns, permutations=0, seed=1)  # fmt: skip
        tables = contrast.PTables(int(held.in_a.sum()), int((~held.in_a).sum()), true.family.counts)
        m, survived = len(true.p), 0
        for p in contrast.shuffled_p(
            true.family, held.events.n, held.in_a, tables, runs, seed=bank
        ):
            line = params.alpha * np.arange(1, m + 1) / m  # Benjamini & Hochberg's
            survived += int((np.sort(p, axis=1) <= line).any(axis=1).sum())
        best = [tuple(names[c] for c in true.family.patterns[k]) for k in true.reported[:2]]
        found[f"bank {bank}"] = {"patterns": m, "runs": runs, "with_survivors": survived,
                                 "planted_rank_first": set(best) == PLANTED}  # fmt: skip
    return found


def main() -> None:
    """Run the benches asked for and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "data"
    )
    parser.add_argument("--only", choices=("mine", "hmm", "big", "transitions", "shuffles"))
    asked = parser.parse_args()
    jobs: dict[str, Callable[[], Figures]] = {
        "big": bench_big, "transitions": bench_transitions, "mine": lambda: bench_mine(asked.data), "hmm": bench_hmm,
        "shuffles": bench_shuffles}  # fmt: skip
    found = {name: job() for name, job in jobs.items() if asked.only in (None, name)}
    sys.stdout.write(json.dumps({"machine": calibrate(), **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
