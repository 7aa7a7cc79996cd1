"""Plans of messages, domain -> JSON. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from pushgate.api.mapping.audience_count import from_timezones
from pushgate.api.mapping.controls import from_pause
from pushgate.api.mapping.local_times import from_family
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.times import format_instant
from pushgate.domain.errors import FieldError
from pushgate.preflight.plan import Overlaps, PersonalPlan, Plan, RecentOutcomes, VendorPlan


def from_plan(plan: Plan, warnings: Iterable[FieldError]) -> dict[str, object]:
    """Return the plan as JSON; `warnings` are those of the message."""
    message, vendors = plan.message, plan.vendors
    groups = sorted(plan.groups.items(), key=lambda item: item[0].key)
    body: dict[str, object] = {
        "push_time": format_instant(message.push_at),
        **from_family(message),
        "expires_at": format_instant(message.expires_at),
        "total": sum(plan.groups.values()),
        "groups": [
            {
                "vendor": group.vendor,
                "language": group.language,
                "count": count,
                "content_language": plan.languages[group],
            }
            for group, count in groups
        ],
        "vendors": list(map(_from_vendor, vendors)),
        "not_configured": sum(one.count for one in vendors if not one.is_configured),
        "refused": sum(one.refused for one in vendors if one.is_configured),
        "cut": sum(one.cut for one in vendors),
        "expiring": _expiring(vendors),
        "last_push_at": _last_push_at(plan),
        "recent_outcomes": _from_recent(plan.recent) if plan.recent else None,
        "overlaps": _from_overlaps(plan.overlaps) if plan.overlaps else None,
        "warnings": from_warnings([*warnings, *plan.warnings]),
    }
    if plan.personal is not None:
        body["personal"] = _from_personal(plan.personal)
    if plan.due is not None:
        body["local_times"] = [{"at": format_instant(at), "count": count} for at, count in plan.due.items()]
    if plan.timezones is not None:
        body["timezones"] = from_timezones(plan.timezones)
    return body


def _from_personal(planned: PersonalPlan) -> dict[str, object]:
    values = [
        {
            "name": one.name,
            "has_default": one.has_default,
            "missing": one.missing,
            "longest": one.longest,
        }
        for one in planned.values
    ]
    return {"looked_at": planned.looked_at, "values": values}


def _from_vendor(planned: VendorPlan) -> dict[str, object]:
    pace = planned.pace
    return {
        "vendor": planned.vendor,
        "configured": planned.is_configured,
        "paused": from_pause(planned.paused),
        "count": planned.count,
        "refused": planned.refused,
        "cut": planned.cut,
        "sent": planned.sent,
        "contents": [
            {
                "content_language": one.language,
                "topics": one.to_topics,
                "count": one.count,
                "effect": one.effect.value,
                "code": one.code.value,
                "field": one.reason.field,
                "message": one.reason.message,
            }
            for one in planned.limited
        ],
        "rate": {"per_second": round(pace.per_second, 3), "source": pace.source.value} if pace else None,
        "seconds": None if planned.seconds is None else round(planned.seconds, 3),
        "expiring": planned.expiring,
    }


def _expiring(vendors: Sequence[VendorPlan]) -> int | None:
    total = 0
    for one in vendors:
        if one.sent and one.expiring is None:
            return None
        total += one.expiring or 0
    return total


def _last_push_at(plan: Plan) -> str | None:
    """When the last terminal is reached, None where that is not known or nothing is sent."""
    sending = [one.seconds for one in plan.vendors if one.sent]
    known = [seconds for seconds in sending if seconds is not None]
    if not known or len(known) < len(sending):
        return None
    reached_at = plan.message.last_push_at + timedelta(seconds=max(known))
    return format_instant(min(reached_at, plan.message.expires_at))


def _from_recent(recent: RecentOutcomes) -> dict[str, object]:
    return {"messages": recent.messages, "muted": recent.muted, "dead": recent.dead}


def _from_overlaps(overlaps: Overlaps) -> dict[str, object]:
    return {
        "messages": [
            {
                "id": one.message_id,
                "status": one.status.value,
                "push_time": format_instant(one.push_at),
                "count": one.count,
            }
            for one in overlaps.messages
        ],
        "compared": overlaps.compared,
        "complete": overlaps.is_complete,
    }
