"""Activity of an app, domain -> JSON. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pushgate.api.schemas.activity import ActivityCounts
from pushgate.api.times import format_instant
from pushgate.ledger.activity import Counts

_NAMES = tuple(ActivityCounts.model_fields)
_MINUTE, _MINUTES = timedelta(minutes=1), 60


def from_counts(counts: Counts) -> dict[str, object]:
    """Return counts as JSON: of all vendors, and of each through which anything happened."""
    by_vendor: dict[str, dict[str, int]] = {}
    for (vendor, name), count in counts.items():
        if name in _NAMES:
            by_vendor.setdefault(vendor, dict.fromkeys(_NAMES, 0))[name] = count
    totals = {name: sum(found[name] for found in by_vendor.values()) for name in _NAMES}
    return {**totals, "vendors": [{"vendor": name, **by_vendor[name]} for name in sorted(by_vendor)]}


def from_minutes(now: datetime, found: Mapping[datetime, Counts]) -> Iterator[dict[str, object]]:
    """Return the counts of the last 60 minutes as JSON, the oldest first; `now` is in the last."""
    last = now.replace(second=0, microsecond=0)
    for number in reversed(range(_MINUTES)):
        at = last - number * _MINUTE
        yield {"at": format_instant(at), **from_counts(found.get(at, {}))}
