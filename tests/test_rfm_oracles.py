"""RFM held against three other computations: pandas, plain SQL and the published CDNOW totals."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from analytics.rfm import RfmParams, compute

AS_OF = date(2024, 6, 30)
MAIN = ["customer_id", "recency_days", "frequency", "monetary"]


def _random_rows(seed: int) -> list[tuple[str, datetime, float]]:
    draw = random.Random(seed)
    return [(f"c{draw.randrange(150):03}", datetime(2023, 1, 1) + timedelta(minutes=draw.randrange(780_000)),
             round(draw.gauss(0, 50), 2)) for _ in range(3000)]  # fmt: skip


@pytest.mark.parametrize("scores", [3, 5, 7, 10])
def test_agrees_with_pandas(bank, scores):
    rows = _random_rows(scores)
    frame = pd.DataFrame(rows, columns=["who", "at", "amount"])
    day = frame["at"].dt.normalize()
    frame = frame[(day <= "2024-06-30") & (day > "2023-07-01")].assign(
        day=day, size=frame.amount.abs()
    )
    expected = frame.groupby("who").agg(
        last=("day", "max"), f=("day", "nunique"), m=("size", "sum")
    )
    recency = (pd.Timestamp(AS_OF) - expected["last"]).dt.days
    goodness = {"r": -recency, "f": expected.f, "m": expected.m.round(2)}
    result = compute(bank(transactions=rows), RfmParams(scores=scores), AS_OF)
    found = result.rfm.to_pandas().set_index("customer_id").loc[expected.index]
    assert (found["recency_days"] == recency).all()
    assert (found["frequency"] == expected.f).all()
    assert (found["monetary"].astype(float) - expected.m).abs().max() < 1e-6
    for name, values in goodness.items():
        share = values.rank(pct=True, method="average")
        assert found[name].to_list() == [math.ceil(scores * p - 1e-9) for p in share]


def test_agrees_with_plain_sql(bank):
    data = bank(transactions=_random_rows(1))
    expected = data.query("""
        SELECT customer_id, date_diff('day', max(happened_at)::DATE, DATE '2024-06-30') AS r,
               count(DISTINCT happened_at::DATE) AS f, sum(abs(amount)) AS m
        FROM transactions JOIN customers USING (customer_key)
        WHERE happened_at < TIMESTAMP '2024-07-01' AND happened_at >= TIMESTAMP '2023-07-02'
        GROUP BY 1 ORDER BY 1""")  # fmt: skip
    found = compute(data, RfmParams(), AS_OF).rfm.sort("customer_id")
    assert found.select(MAIN).rows() == expected.rows()


def test_cdnow_sample_totals(shared_file, bank):
    """METHODS.md 1 (d): 2,357 customers, 6,919 rows, 16,479 CDs, $244,091.94."""
    lines = shared_file("cdnow/CDNOW_sample.txt").read_text().splitlines()
    fields = [line.split() for line in lines if line.strip()]
    rows = [{"customer_id": f[1], "happened_at": f"{f[2][:4]}-{f[2][4:6]}-{f[2][6:]}",
             "quantity": float(f[3]), "amount": f[4]} for f in fields]  # fmt: skip
    assert (len(rows), sum(row["quantity"] for row in rows)) == (6919, 16479)
    result = compute(bank(transactions=rows), RfmParams(lookback_days=None), date(1998, 6, 30))
    assert result.counts["with_activity"] == result.counts["customers"] == 2357
    assert result.counts["transactions_counted"] == 6919
    assert result.rfm["monetary"].sum() == Decimal("244091.94")
