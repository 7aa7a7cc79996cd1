"""A message's results in lines for people. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from pushgate.cli.client.escalation import step_lines
from pushgate.cli.client.output import aligned
from pushgate.cli.client.settling import Speed, settled
from pushgate.cli.client.texts import duration, moment, percent, plain, terminal_count
from pushgate_client import types

_STATES = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")
_GROUNDS = {
    "race": "click race",
    "end": "z at the end",
    "better": "the better one at the end",
    "by_hand": "chosen by hand",
}
_RECEIPTS = ("delivered", "clicked")
_MAX_FAILURES = 10


def result_lines(results: types.Results, max_groups: int | None = None) -> Iterator[str]:
    """Yield the counts, the groups and the reasons of failures. The smallest groups are left out
    where there are too many.
    """
    dry = " (dry run: nothing was delivered)" if results["dry_run"] else ""
    yield f"{results['id']}  {results['status']}{dry}"
    yield law(results)
    if canary := results.get("canary"):
        yield canary_line(canary)
    rate = results["click_through_rate"]
    clicks = f", click-through rate {rate:.1%}" if rate is not None else ""
    yield f"received {results['received']:,} ({percent(results['received'], results['targeted'])}){clicks}"
    if results["withdrawn"]:
        yield f"removed from {terminal_count(results['withdrawn'])} after a click on another one"
    if results["groups"]:
        yield ""
        groups = sorted(results["groups"], key=lambda group: -group["targeted"])
        shown = groups[:max_groups]
        yield from aligned(_table(shown))
        if len(groups) > len(shown):
            yield f"and {len(groups) - len(shown)} more: pushgate results {results['id']}"
    if experiment := results.get("experiment"):
        yield ""
        yield from variant_lines(experiment)
    if steps := results.get("steps"):
        yield ""
        yield from step_lines(steps)
    if results["failures"]:
        yield ""
        yield from aligned(_failures(results))
    if to_come := results.get("to_come"):
        yield ""
        yield _parts(results.get("parts", []), to_come)
    if held := results.get("held"):
        yield ""
        yield f"held in quiet hours: {held['count']:,}, the first until {moment(held['next_at'])}"
    yield from waiting_lines(results)


def _parts(parts: Sequence[types.PartResults], to_come: types.PartsToCome) -> str:
    """How far a message that goes out in parts has come."""
    made = sum(not part["missed"] for part in parts)
    following = ""
    if to_come["next_at"]:
        following = f", the next at {moment(to_come['next_at'])}; about {to_come['terminals']:,} are to come"
    return f"{made} of {made + to_come['instants']} times have come{following}"


def variant_lines(experiment: types.Experiment) -> Iterator[str]:
    """Yield the variants with their rates and intervals, and whether one is clearly the best."""
    rows = [["VARIANT", "SHARE", "TARGETED", "CLICKED", "RATE", "95 %", "UPLIFT", "95 %", "MUTED", "GONE"]]
    for one in experiment["variants"]:
        rate, uplift = one["click_rate"], one["uplift"]
        rows.append(
            [
                plain(one["name"]),
                f"{one['share']:g} %",
                f"{one['targeted']:,}",
                f"{one['clicked']:,}",
                f"{rate['rate']:.2%}",
                f"{rate['low']:.2%} to {rate['high']:.2%}",
                f"{uplift['difference']:+.2%}" if uplift else "",
                f"{uplift['low']:+.2%} to {uplift['high']:+.2%}" if uplift else "",
                f"{one['muted']:,}",
                f"{one['gone']:,}",
            ]
        )
    yield from aligned(rows)
    if experiment["holdout"]:
        yield f"held out: {experiment['held_out']:,} ({experiment['holdout']:g} %)"
    yield _judgement(experiment)
    if winner := experiment.get("winner"):
        yield _rest(winner)


def _rest(winner: types.Winner) -> str:
    """What becomes of the rest."""
    rest = winner["rest"]
    if winner["variant"] is None or winner["ground"] is None:
        return f"rest: {rest['pending']:,} wait for the winner, about {moment(winner['ends_at'])}"
    why = _GROUNDS[winner["ground"]]
    return f"rest: {rest['targeted']:,} get {winner['variant']} ({why}), clicked {rest['clicked']:,}"


def canary_line(canary: types.CanaryResult) -> str:
    """Return how far the message's canary is, and why it was held or slowed."""
    finding = canary["finding"]
    why = f" because of {plain(finding['reason'])}" if finding else ""
    if canary["until"]:
        return f"canary: running, the rest is due at {moment(canary['until'])}"
    few = [
        f"{one['vendor'] or 'clicks'} ({one['answers']:,} answers)" for one in canary.get("few_answers", [])
    ]
    unjudged = f"; too few answers to judge {', '.join(few)}" if few else ""
    return f"canary: {canary['phase']}{why}{unjudged}"


def _judgement(experiment: types.Experiment) -> str:
    race = f"evidence {experiment['evidence']:,.1f} of {experiment['needed']:,.0f}"
    match experiment["ground"]:
        case "race":
            return f"clear: {experiment['best']} is best (click race)"
        case "end":
            return f"clear: {experiment['best']} is best (z at the end)"
        case "harm":
            return f"not clear: {experiment['best']} has most clicks, but more muted or gone"
        case _:
            return f"not clear ({race})"


def law(results: types.Results) -> str:
    """Return the law of accounting: every terminal is in one state."""
    counts: Mapping[str, object] = results
    parts = [f"{name} {counts[name]:,}" for name in _STATES if counts[name]]
    return f"targeted {results['targeted']:,} = {' + '.join(parts) or '0'}"


def progress_line(results: types.Results, speed: Speed, wait: str) -> str:
    """Return one line: status, how far, how fast, how long yet."""
    if wait:
        return f"scheduled for {wait}"
    done, targeted = settled(results), results["targeted"]
    parts = [f"{results['status']}  {done:,} of {targeted:,} ({percent(done, targeted)})"]
    rate, left = speed.per_second(), speed.seconds_left(results["pending"])
    if rate and results["pending"]:
        parts.append(f"{rate:,.0f}/s")
        parts += [f"{duration(left)} left"] if left is not None else []
    return ", ".join(parts)


def waiting_lines(results: types.Results) -> Iterator[str]:
    """Yield why terminals are pending, with the remedies."""
    for one in results["waiting"]:
        vendor = f"{one['vendor']}: " if one["vendor"] else ""
        yield f"waiting: {vendor}{one['message']}; {one['remedy']}"


def _table(groups: Sequence[types.GroupCounts]) -> list[list[str]]:
    names = [*_STATES, *_RECEIPTS]
    shown = [name for name in names if any(count_of(group, name) for group in groups)]
    rows = [["VENDOR", "LANGUAGE", "TARGETED", *(name.upper() for name in shown)]]
    for group in groups:
        counts = [f"{count_of(group, name):,}" for name in ("targeted", *shown)]
        rows.append([group["vendor"], plain(group["language"]), *counts])
    return rows


def _failures(results: types.Results) -> list[list[str]]:
    most = sorted(results["failures"], key=lambda one: -one["count"])
    rows = [["FAILED", "VENDOR", "STATE", "CODE", "REASON"]]
    rows += [
        [f"{one['count']:,}", one["vendor"], one["state"], plain(one["code"]), plain(one["reason"])]
        for one in most[:_MAX_FAILURES]
    ]
    left = sum(one["count"] for one in most[_MAX_FAILURES:])
    return [*rows, [f"{left:,}", "", "", "", "for further reasons"]] if left else rows


def count_of(counts: Mapping[str, object], name: str) -> int:
    """Return a count of a message's results, or of one of their groups, by its name; 0 for what is
    no count.
    """
    found = counts.get(name)
    return found if isinstance(found, int) else 0
