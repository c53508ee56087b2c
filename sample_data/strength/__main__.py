"""Print, for three seeds, what a naive and what a careful method find of the planted truth."""

from __future__ import annotations

import argparse
import sys

from sample_data.generate import make_block
from sample_data.strength import anomalies, rules, sequences
from sample_data.world import BLOCK, Plan


def main() -> None:
    """One line per seed and part."""
    parser = argparse.ArgumentParser(prog="python -m sample_data.strength", description=__doc__)
    parser.add_argument("--customers", type=int, default=2_000, help=f"at most {BLOCK}")
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    asked = parser.parse_args()
    for seed in asked.seeds:
        plan = Plan(min(asked.customers, BLOCK), asked.months, seed)
        block, _ = make_block(plan, 0)
        lines = [f"seed {seed}, {plan.customers} customers, {plan.months} months"]
        naive, careful = rules.judge(rules.mine(*rules.baskets(block)))
        lines.append(f"  rules      raw p < .05: {naive}; BH and productivity: {careful}")
        lines.append(f"  sequences  {sequences.compare(block, seed)}")
        lines.append(f"  anomalies  mean + 3 sd:  {anomalies.naive(block)}")
        lines.append(f"  anomalies  own history:  {anomalies.careful(block)}")
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
