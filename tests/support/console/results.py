"""Results of messages as the API gives them, for tests of what the console makes of them."""

from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from pushgate.console.catalogues import Catalogues, Language
from pushgate.console.words import Words
from pushgate_client.types import FailureCount, GroupCounts, Moment, Results, TrackedMessage

NOW = datetime(2026, 11, 28, 12, 7, tzinfo=UTC)
_COUNTS = (
    "targeted",
    "pending",
    "accepted",
    "invalid",
    "rejected",
    "expired",
    "cancelled",
    "delivered",
    "clicked",
    "muted",
    "gone",
    "recalled",
    "unproven",
    "received",
)


def words(language: Language = "en") -> Words:
    """What one reader in Shanghai reads."""
    return Words(Catalogues.read(), language, ZoneInfo("Asia/Shanghai"), NOW)


def group(vendor: str = "fcm", language: str = "en", **counts: int | str) -> GroupCounts:
    """One group; what is not given is 0."""
    return cast(
        "GroupCounts",
        {
            **dict.fromkeys(_COUNTS, 0),
            "click_through_rate": None,
            "vendor": vendor,
            "language": language,
            "received_from": "delivered",
            **counts,
        },
    )


def results(*groups: GroupCounts, **more: object) -> Results:
    """The results of a message that is sent, with the sums of its groups."""
    sums = {name: sum(cast("dict[str, int]", one)[name] for one in groups) for name in _COUNTS}
    return cast(
        "Results",
        {
            **sums,
            "click_through_rate": None,
            "id": "01a2",
            "status": "sent",
            "dry_run": False,
            "groups": list(groups),
            "failures": [],
            "timeline": [],
            "unknown_reports": {"delivered": 0, "clicked": 0, "muted": 0, "gone": 0},
            "waiting": [],
            **more,
        },
    )


def failure(vendor: str, state: str, code: str, count: int, reason: str = "") -> FailureCount:
    """A row of failures."""
    row = {"vendor": vendor, "state": state, "code": code, "reason": reason, "count": count}
    return cast("FailureCount", row)


def moment(at: str, **counts: int) -> Moment:
    """A row of a timeline, at a minute of the day."""
    return cast("Moment", {"at": f"2026-11-28T{at}:00Z", **counts})


def message(**more: object) -> TrackedMessage:
    """A message to everybody in English and Chinese."""
    body: dict[str, object] = {"body": "", "image": None, "url": None, "data": {}}
    return cast(
        "TrackedMessage",
        {
            "id": "01a2",
            "status": "sent",
            "push_time": "2026-11-28T12:00:00.000Z",
            "created_at": "2026-11-28T12:00:00.000Z",
            "expires_at": "2026-11-29T12:00:00.000Z",
            "retries": 0,
            "content": {"en": {"title": "Sale", **body}, "zh-Hans": {"title": "特卖", **body}},
            "default_language": "en",
            "audience": {"all": True},
            "options": {"ttl": 86400},
            **more,
        },
    )
