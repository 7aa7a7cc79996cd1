"""The report of a load: rates, percentiles, errors, and the accounts of both sides. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pushgate.cli.client.load.plan import LoadPlan
from pushgate.cli.client.texts import counted, terminal_count

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
_ENDED = ("accepted", "invalid", "rejected", "expired", "cancelled", "pending")


class Times(TypedDict):
    """How long something took, in milliseconds; null where it never happened."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


class Report(TypedDict):
    """What became of a load. Rates are by second, until the last push had arrived."""

    app: str
    terminals: int
    small_messages: int
    broadcasts: int
    seconds: float
    messages_per_second: float
    pushes_per_second: float
    post_ms: Times
    post_to_vendor_ms: Times
    errors: dict[str, int]
    results: dict[str, int]
    sandbox: dict[str, int]
    cpu_seconds: dict[str, float]
    faults: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The measurements of a load; durations are in seconds."""

    app: str
    stored: int
    seconds: float
    post_seconds: Sequence[float]
    vendor_seconds: Sequence[float]
    errors: Mapping[str, int]
    results: Mapping[str, int]
    sandbox: Mapping[str, int]
    cpu_seconds: Mapping[str, float]


def times(seconds: Sequence[float]) -> Times:
    """Percentiles of durations: the smallest duration that is not exceeded by such a share."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    found = {
        name: round(ordered[min(last, int(share * len(ordered)))] * 1000, 1) if ordered else None
        for name, share in _PERCENTILES.items()
    }
    return {"count": len(ordered), **found}  # type: ignore[typeddict-item]  # the names are those of Times


def make_report(plan: LoadPlan, measured: Measured) -> Report:
    """The report of a load that is over."""
    return {
        "app": measured.app,
        "terminals": plan.terminals,
        "small_messages": plan.small_messages,
        "broadcasts": plan.broadcasts,
        "seconds": round(measured.seconds, 3),
        "messages_per_second": round(measured.stored / measured.seconds, 1),
        "pushes_per_second": round(measured.sandbox["accepted"] / measured.seconds, 1),
        "post_ms": times(measured.post_seconds),
        "post_to_vendor_ms": times(measured.vendor_seconds),
        "errors": dict(measured.errors),
        "results": dict(measured.results),
        "sandbox": dict(measured.sandbox),
        "cpu_seconds": {kind: round(spent, 2) for kind, spent in measured.cpu_seconds.items()},
        "faults": list(_faults(measured)),
    }


def add_results(total: Counter[str], results: Mapping[str, object]) -> None:
    """Add the counts of a message's results."""
    for state in ("targeted", *_ENDED):
        total[state] += int(str(results[state]))


def _faults(measured: Measured) -> Iterator[str]:
    """The faults of a load, one sentence each."""
    results, sandbox = measured.results, measured.sandbox
    if failed := sum(measured.errors.values()):
        yield counted(failed, "call", "calls") + " failed: " + ", ".join(sorted(measured.errors))
    if pending := results.get("pending", 0):
        yield counted(pending, "push was", "pushes were") + " still pending at the end"
    others = {state: results.get(state, 0) for state in ("invalid", "rejected", "expired", "cancelled")}
    for state, count in others.items():
        if count:
            yield f"{count:,} ended as {state}"
    sent = sandbox["accepted"] - sandbox["duplicates"]
    if not pending and sent != results.get("accepted", 0):
        yield (
            f"the sandbox accepted {sent:,} pushes and Pushgate counts {results.get('accepted', 0):,}: "
            "pushes were lost, or something else used the sandbox meanwhile"
        )
    if sandbox["duplicates"]:
        yield counted(sandbox["duplicates"], "push", "pushes") + " came twice"
    if any(seconds < 0 for seconds in measured.vendor_seconds):
        yield "pushes arrived before they were due: the clocks of this machine and the sandbox's differ"


def report_lines(report: Report) -> Iterator[str]:
    """The report for people."""
    small = counted(report["small_messages"], "small message", "small messages")
    broadcasts = counted(report["broadcasts"], "broadcast", "broadcasts")
    terminals = terminal_count(report["terminals"])
    yield f"{small} and {broadcasts} to {terminals} in {report['seconds']:,.1f} s"
    yield f"messages/s {report['messages_per_second']:,.1f}   pushes/s {report['pushes_per_second']:,.1f}"
    yield f"POST            {_times_line(report['post_ms'])}"
    yield f"POST to vendor  {_times_line(report['post_to_vendor_ms'])}"
    yield "results         " + _counts_line(report["results"])
    yield "sandbox         " + _counts_line(report["sandbox"])
    if report["cpu_seconds"]:
        spent = report["cpu_seconds"].items()
        yield "CPU             " + "   ".join(f"{kind} {seconds:,.1f} s" for kind, seconds in spent)
    if report["errors"]:
        yield "errors          " + _counts_line(report["errors"])
    yield from (f"fault: {fault}" for fault in report["faults"])
    if not report["faults"]:
        yield "every push is accounted for"


def _times_line(found: Times) -> str:
    shown = (("p50", found["p50"]), ("p90", found["p90"]), ("p99", found["p99"]), ("max", found["max"]))
    return "   ".join(f"{name} {value:,.1f} ms" for name, value in shown if value is not None) or "none"


def _counts_line(counts: Mapping[str, int]) -> str:
    return "   ".join(f"{name} {count:,}" for name, count in counts.items())
