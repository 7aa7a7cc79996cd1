"""Reports of messages and system problems, domain -> JSON. Pure."""

from collections.abc import Sequence

from pushgate.api.times import format_instant, format_known
from pushgate.fleet.problem_codes import SystemProblem
from pushgate.grouping.to_come import ToCome
from pushgate.ledger.report import GroupCounts, Report
from pushgate.tracking.family_parts import TrackedPart


def from_report(report: Report) -> dict[str, object]:
    """Return the counts of a message as JSON: totals, by group, failures, by minute."""
    return {
        **_totals(report),
        "groups": [_from_group(group) for group in report.groups],
        "failures": [
            {
                "vendor": failure.vendor,
                "state": failure.state,
                "code": failure.code,
                "reason": failure.reason,
                "count": failure.count,
            }
            for failure in report.failures
        ],
        "timeline": [
            {"at": moment.at.isoformat().replace("+00:00", "Z"), **moment.counts}
            for moment in report.timeline
        ],
        "unknown_reports": dict(report.unknown_reports),
        **_held(report),
    }


def _held(report: Report) -> dict[str, object]:
    """Return for how many terminals the message waits until quiet hours end; empty where there are
    none.
    """
    if not report.held:
        return {}
    return {"held": {"count": report.held, "next_at": format_known(report.held_until)}}


def from_parts(parts: Sequence[tuple[TrackedPart, Report]]) -> list[dict[str, object]]:
    """Return the parts of a message, with the counts of each, as JSON."""
    return [
        {
            "number": part.number,
            "push_time": format_instant(part.envelope.push_at),
            "expires_at": format_instant(part.envelope.expires_at),
            "status": part.status.value,
            "missed": part.envelope.part is not None and part.envelope.part.is_missed,
            **_totals(report),
        }
        for part, report in parts
    ]


def from_to_come(to_come: ToCome) -> dict[str, object]:
    """Return as JSON how many terminals of a message are still to come."""
    return {
        "instants": len(to_come.counts),
        "next_at": format_known(next(iter(to_come.counts), None)),
        "terminals": sum(to_come.counts.values()),
        "counts": [
            {"at": format_instant(at), "count": count} for at, count in to_come.counts.items() if count
        ],
        "counted_at": format_instant(to_come.counted_at),
    }


def _totals(report: Report) -> dict[str, object]:
    return {
        "targeted": report.targeted,
        **report.states,
        "delivered": report.delivered,
        "clicked": report.clicked,
        "muted": report.muted,
        "gone": report.gone,
        "recalled": report.recalled,
        "withdrawn": report.withdrawn,
        "unproven": report.unproven,
        "received": report.received,
        "click_through_rate": report.click_through_rate,
    }


def _from_group(group: GroupCounts) -> dict[str, object]:
    return {
        "vendor": group.vendor,
        "language": group.language,
        "targeted": group.targeted,
        **group.states,
        "delivered": group.delivered,
        "clicked": group.clicked,
        "muted": group.muted,
        "gone": group.gone,
        "recalled": group.recalled,
        "withdrawn": group.withdrawn,
        "unproven": group.unproven,
        "received": group.received,
        "received_from": group.received_from,
        "click_through_rate": group.click_through_rate,
    }


def from_problem(problem: SystemProblem) -> dict[str, object]:
    """Return a system problem as JSON."""
    return {
        "code": problem.code.value,
        "app": problem.app,
        "vendor": problem.vendor,
        "since": format_known(problem.since),
        "until": format_known(problem.until),
        "params": dict(problem.params),
        "message": problem.message,
        "remedy": problem.remedy,
    }


def from_pending_reason(problem: SystemProblem) -> dict[str, object]:
    """Return a system problem as JSON, as a reason why terminals of one app's message
    are pending.
    """
    body = from_problem(problem)
    del body["app"]
    return {"reason": body.pop("code"), **body}
