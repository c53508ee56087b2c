"""The only place that reads the clock. Everything else is given its day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def today(zone: str = "Asia/Shanghai") -> date:
    """Today's date in a dataset's time zone."""
    return now().astimezone(ZoneInfo(zone)).date()
