"""Adjusted Rand index of the default segmentation on invented banks, between floor and ceiling.

python -m tests.bench.bench_segments_truth [customers] [seed ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from analytics.segments import SegmentsParams, compute
from sample_data.generate import write_bank
from tests.segment_truth import opened, way


def main() -> None:
    """Print floor, found, ceiling and the share of the way for every seed."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for seed in [int(word) for word in sys.argv[2:]] or [11, 12, 13]:
        with tempfile.TemporaryDirectory() as place:
            folder = write_bank(Path(place) / "files", customers, seed=seed)
            data = opened(folder, Path(place) / "data")
            found = compute(data, SegmentsParams(), data.default_as_of)
            said = way(folder, found.tables["assignment"])
            data.close()
        sys.stdout.write(
            f"seed {seed}: floor (k-means on raw R, F, M) {said.floor:.3f}, found {said.found:.3f} with k = "
            f"{found.k}, ceiling (the generator's rule) {said.ceiling:.3f}: {said.share:.0%} of the way\n")  # fmt: skip


if __name__ == "__main__":
    main()
