"""What happened in the last hour, as a chart by minute. Pure."""

from collections.abc import Sequence
from datetime import datetime

from pushgate.console.charts import TimeChart, chart
from pushgate_client.types import ActivityMinute

_SERIES = ("accepted", "clicked")


def chart_hour(minutes: Sequence[ActivityMinute]) -> TimeChart:
    """Return pushes that were accepted and clicked in each minute."""
    columns = [[minute["accepted"] for minute in minutes], [minute["clicked"] for minute in minutes]]
    return chart(_SERIES, columns, [datetime.fromisoformat(minute["at"]) for minute in minutes])
