"""What is wrong now, and what to do: facts in, problems out. Pure."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pushgate.fleet.heartbeats import Process

LATE_AFTER = timedelta(seconds=30)
"""A due message that no scheduler took for longer is a problem."""
LOSS_SHOWN_FOR = timedelta(days=1)


class SystemProblemCode(StrEnum):
    """What can be wrong. Stable: alerts and clients match on it."""

    STORE_UNREACHABLE = "store_unreachable"
    STORE_LOST = "store_lost"
    STORE_EMPTY = "store_empty"
    GEARMAN_UNREACHABLE = "gearman_unreachable"
    NO_SCHEDULER = "no_scheduler"
    NO_WORKER = "no_worker"
    NO_WORKER_FOR_VENDOR = "no_worker_for_vendor"
    DISPATCH_LATE = "dispatch_late"
    VENDOR_REFUSES = "vendor_refuses"
    VENDOR_UNAVAILABLE = "vendor_unavailable"
    VENDOR_UNANSWERED = "vendor_unanswered"
    VENDOR_THROTTLES = "vendor_throttles"
    VENDOR_NOT_CONFIGURED = "vendor_not_configured"
    VENDOR_NOT_SERVED = "vendor_not_served"
    RATE_LIMITED = "rate_limited"
    REMOVAL_HELD = "removal_held"


@dataclass(frozen=True, slots=True)
class Text:
    """What a problem code says to a person. `message` has places for the problem's params."""

    message: str
    remedy: str


TEXTS: Mapping[SystemProblemCode, Text] = {
    SystemProblemCode.STORE_UNREACHABLE: Text(
        "Redis does not answer this process", "start Redis, or correct redis.url; nothing is lost meanwhile"
    ),
    SystemProblemCode.STORE_LOST: Text(
        "Redis lost its data: API keys, terminals and messages are gone",
        "create keys (pushgate keys create), register the terminals again, and see that Redis writes to disk "
        "(appendonly yes)",
    ),
    SystemProblemCode.STORE_EMPTY: Text(
        "Redis lost its data a while ago; keys were created since",
        "register the terminals again; messages from before are gone",
    ),
    SystemProblemCode.GEARMAN_UNREACHABLE: Text(
        "the Gearman server {server} does not answer",
        "start it, or take it out of gearman.servers; messages wait in Redis meanwhile",
    ),
    SystemProblemCode.NO_SCHEDULER: Text(
        "no scheduler is alive: messages are stored and not sent", "start one: pushgate scheduler"
    ),
    SystemProblemCode.NO_WORKER: Text(
        "no worker is alive: messages are stored and not sent", "start one: pushgate worker"
    ),
    SystemProblemCode.NO_WORKER_FOR_VENDOR: Text(
        "{jobs} jobs wait, and no worker takes jobs of this app and vendor",
        "start a worker that has the app's settings and serves the vendor (worker.vendors)",
    ),
    SystemProblemCode.DISPATCH_LATE: Text(
        "the oldest due message waits for {seconds} s", "start more schedulers, or see their logs"
    ),
    SystemProblemCode.VENDOR_REFUSES: Text(
        "the vendor refuses the app: {cause}",
        "correct the app's credentials or permissions ({vendor} section), then run: pushgate check",
    ),
    SystemProblemCode.VENDOR_UNAVAILABLE: Text(
        "the vendor is out of order: {cause}",
        "nothing, if the vendor recovers by itself; else see the network and the endpoint. Pushes are tried again "
        "until their time to live is over",
    ),
    SystemProblemCode.VENDOR_UNANSWERED: Text(
        "the vendor takes requests and does not answer",
        "see the network and the endpoint. Pushes are tried again until their time to live is over",
    ),
    SystemProblemCode.VENDOR_THROTTLES: Text(
        "the vendor asks for fewer pushes: {cause}", "lower rate_limit of the app's vendor section, or wait"
    ),
    SystemProblemCode.VENDOR_NOT_CONFIGURED: Text(
        "the app has no settings for this vendor here",
        "add the vendor's section to the app, and start the processes again; terminals wait until their time to live "
        "is over",
    ),
    SystemProblemCode.VENDOR_NOT_SERVED: Text(
        "no live worker serves this vendor", "start a worker that serves the vendor (worker.vendors)"
    ),
    SystemProblemCode.RATE_LIMITED: Text(
        "pushes wait for their turn by the rate limit", "nothing; raise rate_limit if the vendor allows more"
    ),
    SystemProblemCode.REMOVAL_HELD: Text(
        "{tokens} tokens were called dead at once and are kept, for that is abnormal",
        "see whether the app's credentials and environment are the right ones for its tokens",
    ),
}


@dataclass(frozen=True, slots=True)
class SystemProblem:
    """One thing that is wrong. `app` and `vendor` are None where the problem is not one app's, not one vendor's."""

    code: SystemProblemCode
    app: str | None = None
    vendor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """When Pushgate tries again; None where Pushgate waits for nothing, or is trying right now."""
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        return TEXTS[self.code].message.format(**self.params)

    @property
    def remedy(self) -> str:
        """What to do."""
        return TEXTS[self.code].remedy.format(**{"vendor": self.vendor, **self.params})


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps an app's pushes through a vendor, or one scope of the vendor, waiting.

    `scope` names the part of the vendor concerned (a topic, a channel, a host), '' for all of it.
    `cause` is the vendor's own code.
    """

    app: str
    vendor: str
    scope: str
    kind: SystemProblemCode
    cause: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an installation at one moment.

    `waiting` and `served` are jobs in Gearman, and connections that take them, by (app, vendor).
    """

    now: datetime
    lost_at: datetime | None = None
    keys: int = 0
    processes: Sequence[Process] = ()
    oldest_due: datetime | None = None
    gearman_down: Sequence[str] = ()
    waiting: Mapping[tuple[str, str], int] = field(default_factory=dict)
    served: Set[tuple[str, str]] = frozenset()
    troubles: Sequence[Trouble] = ()
    removals_held: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def lateness(self) -> timedelta:
        """How long the oldest due message has waited for a scheduler."""
        return max(timedelta(0), self.now - self.oldest_due) if self.oldest_due else timedelta(0)


def find_problems(facts: Facts) -> list[SystemProblem]:
    """Every problem, those of the whole installation first."""
    return [*_of_the_store(facts), *_of_processes(facts), *_of_apps(facts)]


def store_problem(lost_at: datetime | None, keys: int, now: datetime) -> SystemProblem | None:
    """The problem of a store that lost its data: until keys were created, and a day longer in milder words."""
    if lost_at is None:
        return None
    if keys == 0:
        return SystemProblem(SystemProblemCode.STORE_LOST, since=lost_at)
    return (
        SystemProblem(SystemProblemCode.STORE_EMPTY, since=lost_at)
        if now - lost_at < LOSS_SHOWN_FOR
        else None
    )


def _of_the_store(facts: Facts) -> Iterator[SystemProblem]:
    lost = store_problem(facts.lost_at, facts.keys, facts.now)
    if lost:
        yield lost
    for server in facts.gearman_down:
        yield SystemProblem(SystemProblemCode.GEARMAN_UNREACHABLE, params={"server": server})


def _of_processes(facts: Facts) -> Iterator[SystemProblem]:
    for kind, code in (
        ("scheduler", SystemProblemCode.NO_SCHEDULER),
        ("worker", SystemProblemCode.NO_WORKER),
    ):
        known = [one for one in facts.processes if one.description.kind == kind]
        if not any(one.alive for one in known):
            yield SystemProblem(code, since=max((one.seen_at for one in known), default=None))
    if facts.lateness > LATE_AFTER:
        seconds = facts.lateness // timedelta(seconds=1)
        yield SystemProblem(
            SystemProblemCode.DISPATCH_LATE, since=facts.oldest_due, params={"seconds": seconds}
        )


def _of_apps(facts: Facts) -> Iterator[SystemProblem]:
    for (app, vendor), jobs in sorted(facts.waiting.items()):
        if jobs and (app, vendor) not in facts.served:
            yield SystemProblem(SystemProblemCode.NO_WORKER_FOR_VENDOR, app, vendor, params={"jobs": jobs})
    for trouble in facts.troubles:
        params = {"cause": trouble.cause} | ({"scope": trouble.scope} if trouble.scope else {})
        until = trouble.until if trouble.until and trouble.until > facts.now else None
        yield SystemProblem(trouble.kind, trouble.app, trouble.vendor, trouble.since, until, params)
    for (app, vendor), tokens in sorted(facts.removals_held.items()):
        yield SystemProblem(SystemProblemCode.REMOVAL_HELD, app, vendor, params={"tokens": tokens})
