"""Two frames must not tell together what each withholds alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analytics.dataset import Dataset, Population
from analytics.run import run_analysis
from analytics.story.apart import apart
from analytics.story.shown import compose
from tests.contract_bank import AS_OF, tables


def frames(data: Dataset, *populations: list[str]) -> list[Any]:
    return [compose(run_analysis("rfm", data, as_of=AS_OF, population=Population.parse(words)), "chart", "segments")
            for words in populations]  # fmt: skip


@pytest.mark.parametrize("order", [([], ["tiny!=yes"]), (["tiny!=yes"], [])])
def test_all_less_all_but_a_few_tells_of_nobody(bank: Callable[..., Dataset], order: Any) -> None:
    """Six customers are left out by the filter; no segment may show how many of them it holds."""
    rows = tables(300)
    for number, row in enumerate(rows["customers"]):
        row["tiny"] = "yes" if number % 50 == 0 else "no"
    made = frames(bank(**rows), *order)
    told = apart([f for f, _ in made], [s for _, s in made], 10)
    first, second = (shown.table for _, shown in told)
    assert first is not None
    assert second is not None
    joined = first.join(second, on="segment")
    close = (joined["customers"] - joined["customers_right"]).abs().drop_nulls()
    assert not close.is_between(1, 9).any()
    hidden = [
        n for n, value in told[1][0].numbers.items() if value is None and n.endswith("customers")
    ]
    assert len(hidden) >= 2, "one alone would follow from the total"
    drawn = {row["segment"] for row in told[1][1].charts["en"]["datasets"]["data0"]}
    assert drawn == set(second.drop_nulls("customers")["segment"])


def test_frames_of_other_questions_stay(bank: Callable[..., Dataset]) -> None:
    made = frames(bank(**tables(300)), [], [])
    assert apart([f for f, _ in made], [s for _, s in made], 10) == made
