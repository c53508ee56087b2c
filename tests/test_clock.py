"""Today depends on the dataset's zone, not on the server's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from analytics import clock


@pytest.mark.parametrize(("zone", "today"), [
    ("Asia/Shanghai", date(2024, 7, 1)), ("UTC", date(2024, 6, 30)),
    ("America/New_York", date(2024, 6, 30)), ("Europe/Prague", date(2024, 6, 30)),
])  # fmt: skip
def test_today(monkeypatch, zone, today):
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 6, 30, 16, 30, tzinfo=UTC))
    assert clock.today(zone) == today


def test_now_knows_its_zone():
    assert clock.now().tzinfo is UTC
