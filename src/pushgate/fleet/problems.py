"""Finds the present problems of an installation. In: facts. Out: problems. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pushgate.fleet.differences import AppsChange, find_differing
from pushgate.fleet.heartbeats import Process, UnreadableSection
from pushgate.fleet.pause import Pause, Paused
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.fleet.store_hold import StoreHold
from pushgate.fleet.write_counters import Rollback

LATE_AFTER = timedelta(seconds=30)
"""If no scheduler has taken a due message for longer than this, that is a problem."""
LOSS_SHOWN_FOR = timedelta(days=1)
"""How long a loss of data is shown after keys were created again."""
MENDING_SHOWN_FOR = timedelta(days=1)
_SAME_LOSS = timedelta(minutes=1)
"""Within this time, a store that lost all its data and parts that went back count as one event."""
EXPIRY_SHOWN_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorFailure:
    """Why an app's pushes through a vendor wait: the vendor failed, for all of them or for one
    scope.

    `scope_kind` and `scope_name` name the topic, channel or host that failed; both are '' for the
    whole vendor. `code` is the vendor's own, and `reason` its meaning.
    """

    app: str
    vendor: str
    kind: SystemProblemCode
    code: str
    reason: str
    since: datetime
    until: datetime | None
    scope_kind: str = ""
    scope_name: str = ""

    @property
    def scope(self) -> str:
        """Kind and name of what failed, '' for the whole vendor."""
        return f"{self.scope_kind} {self.scope_name}".strip()

    @property
    def cause(self) -> str:
        """The vendor's code and its meaning."""
        return f"{self.code} ({self.reason})"

    @property
    def params(self) -> dict[str, str | int]:
        """The params of its problem: each text as a whole, and the parts of which it is made."""
        known: dict[str, str | int] = {"cause": self.cause, "code": self.code, "reason": self.reason}
        if self.scope_kind:
            known |= {
                "scope": self.scope,
                "scope_kind": self.scope_kind,
                "scope_name": self.scope_name,
            }
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringCredential:
    """A credential of an app that expires soon, or has expired. `credential` is the setting's name,
    `fingerprint` the first digits of its SHA-256.
    """

    app: str
    vendor: str
    credential: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PausedWebhook:
    """A webhook that was paused because of its receiver."""

    app: str
    webhook: str
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that was paused because of its canary's results."""

    app: str
    message_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The known facts about an installation at one instant.

    By (app, vendor): `waiting` counts jobs in Gearman; `served` are the pairs for which some worker
    takes jobs.
    """

    now: datetime
    lost_at: datetime | None = None
    keys: int = 0
    store_hold: StoreHold | None = None
    processes: Sequence[Process] = ()
    apps_change: AppsChange | None = None
    """The last change of apps by API."""
    oldest_due: datetime | None = None
    gearman_down: Sequence[str] = ()
    waiting: Mapping[tuple[str, str], int] = field(default_factory=dict)
    served: Set[tuple[str, str]] = frozenset()
    vendor_failures: Sequence[VendorFailure] = ()
    expiring_credentials: Sequence[ExpiringCredential] = ()
    pauses: Mapping[Paused, Pause] = field(default_factory=dict)
    removals_held: Mapping[tuple[str, str], int] = field(default_factory=dict)
    silent_removals_held: Mapping[str, int] = field(default_factory=dict)
    """By app, how many silent terminals are kept."""
    terms_mended: Mapping[str, datetime] = field(default_factory=dict)
    """By app, when terms were mended last."""
    rollbacks: Sequence[Rollback] = ()
    """Parts of the store that went back lately."""
    has_webhooks: bool = False
    paused_webhooks: Sequence[PausedWebhook] = ()
    held_messages: Sequence[HeldMessage] = ()

    @property
    def lateness(self) -> timedelta:
        """How long the oldest due message has waited for a scheduler."""
        return max(timedelta(0), self.now - self.oldest_due) if self.oldest_due else timedelta(0)


def find_problems(facts: Facts) -> list[SystemProblem]:
    """Every problem; those of the whole installation come first."""
    return [*_store_problems(facts), *_process_problems(facts), *_app_problems(facts)]


def store_problem(lost_at: datetime | None, keys: int, now: datetime) -> SystemProblem | None:
    """The problem of a store that lost its data, None where there is none.

    Without API keys the store is reported as lost. Once keys exist again, it is reported as
    having been empty, until a day after the loss.
    """
    if lost_at is None:
        return None
    if keys == 0:
        return SystemProblem(SystemProblemCode.STORE_LOST, since=lost_at)
    if now - lost_at < LOSS_SHOWN_FOR:
        return SystemProblem(SystemProblemCode.STORE_EMPTY, since=lost_at)
    return None


def _store_problems(facts: Facts) -> Iterator[SystemProblem]:
    lost = store_problem(facts.lost_at, facts.keys, facts.now)
    if lost:
        yield lost
    if facts.store_hold:
        yield SystemProblem(
            SystemProblemCode.RESTORE_HELD,
            since=facts.store_hold.at,
            params={
                "known_until": f"{facts.store_hold.since:%Y-%m-%dT%H:%M:%SZ}",
                "reason": facts.store_hold.reason.value,
            },
        )
    yield from _rollback_problems(facts)
    missing = [
        process.description.unconfirmed_at
        for process in facts.processes
        if process.alive and process.description.unconfirmed_at
    ]
    if missing:
        yield SystemProblem(
            SystemProblemCode.REPLICAS_MISSING, since=min(missing), params={"processes": len(missing)}
        )
    for server in facts.gearman_down:
        yield SystemProblem(SystemProblemCode.GEARMAN_UNREACHABLE, params={"server": server})


def _rollback_problems(facts: Facts) -> Iterator[SystemProblem]:
    """One problem for the queue, and one for the shards of each app. A store that lost all its data
    is a problem of its own.
    """
    by_app: defaultdict[str, list[Rollback]] = defaultdict(list)
    for rollback in facts.rollbacks:
        if facts.lost_at is None or abs(rollback.at - facts.lost_at) > _SAME_LOSS:
            by_app[rollback.app].append(rollback)
    for app, found in sorted(by_app.items()):
        lost_from = min(rollback.lost_from for rollback in found)
        lost_until = max(rollback.at for rollback in found)
        params: dict[str, str | int] = {
            "parts": ", ".join(rollback.part.name for rollback in sorted(found, key=lambda each: each.shard)),
            "lost_from": f"{lost_from:%Y-%m-%dT%H:%M:%SZ}",
            "lost_until": f"{lost_until + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
        }
        yield SystemProblem(SystemProblemCode.STORE_ROLLED_BACK, app or None, since=lost_until, params=params)


def _process_problems(facts: Facts) -> Iterator[SystemProblem]:
    needed = [("scheduler", SystemProblemCode.NO_SCHEDULER), ("worker", SystemProblemCode.NO_WORKER)]
    if facts.has_webhooks:
        needed.append(("webhooks", SystemProblemCode.NO_WEBHOOK_SENDER))
    for kind, code in needed:
        known = [process for process in facts.processes if process.description.kind == kind]
        if not any(process.alive for process in known):
            yield SystemProblem(code, since=max((process.seen_at for process in known), default=None))
    if differing := find_differing(facts.processes, facts.apps_change):
        yield SystemProblem(
            SystemProblemCode.CONFIGURATION_DIFFERS, params={"processes": ", ".join(differing)}
        )
    if facts.lateness > LATE_AFTER:
        seconds = facts.lateness // timedelta(seconds=1)
        yield SystemProblem(
            SystemProblemCode.DISPATCH_LATE, since=facts.oldest_due, params={"seconds": seconds}
        )


def _app_problems(facts: Facts) -> Iterator[SystemProblem]:
    for (app, vendor), pause in sorted(facts.pauses.items()):
        code = SystemProblemCode.VENDOR_PAUSED if vendor else SystemProblemCode.APP_PAUSED
        params = {"reason": pause.reason, "key": pause.key_name or pause.key_id}
        yield SystemProblem(code, app, vendor or None, since=pause.at, params=params)
    for (app, vendor), jobs in sorted(facts.waiting.items()):
        if jobs and (app, vendor) not in facts.served:
            yield SystemProblem(SystemProblemCode.NO_WORKER_FOR_VENDOR, app, vendor, params={"jobs": jobs})
    for failure in facts.vendor_failures:
        yield SystemProblem(
            code=failure.kind,
            app=failure.app,
            vendor=failure.vendor,
            since=failure.since,
            until=failure.until if failure.until and failure.until > facts.now else None,
            params=failure.params,
        )
    yield from _unreadable_problems(facts.processes)
    yield from map(_expiry_problem, facts.expiring_credentials)
    for (app, vendor), tokens in sorted(facts.removals_held.items()):
        yield SystemProblem(SystemProblemCode.REMOVAL_HELD, app, vendor, params={"tokens": tokens})
    for app, terminals in sorted(facts.silent_removals_held.items()):
        yield SystemProblem(SystemProblemCode.SILENT_REMOVAL_HELD, app, params={"terminals": terminals})
    for app, at in sorted(facts.terms_mended.items()):
        if facts.now - at < MENDING_SHOWN_FOR:
            yield SystemProblem(SystemProblemCode.TERMS_MENDED, app, since=at)
    yield from _own_pauses(facts)


def _own_pauses(facts: Facts) -> Iterator[SystemProblem]:
    """The problems of messages and webhooks that Pushgate paused by itself."""
    for held in facts.held_messages:
        yield SystemProblem(
            SystemProblemCode.MESSAGE_HELD,
            held.app,
            params={"message": held.message_id, "reason": held.reason},
        )
    for paused in facts.paused_webhooks:
        yield SystemProblem(
            SystemProblemCode.WEBHOOK_PAUSED,
            paused.app,
            since=paused.since,
            params={"webhook": paused.webhook, "reason": paused.reason},
        )


def _unreadable_problems(processes: Sequence[Process]) -> Iterator[SystemProblem]:
    """Sections that live processes cannot open. Only kinds of processes are named, because an app
    must not learn of hosts.
    """
    kinds: defaultdict[UnreadableSection, list[str]] = defaultdict(list)
    for process in processes:
        for section in process.description.unreadable if process.alive else ():
            kinds[section].append(process.description.kind)
    for (app, vendor, key), found in sorted(kinds.items()):
        params: dict[str, str | int] = {
            "vendor": vendor,
            "key": key,
            "processes": len(found),
            "kinds": ", ".join(sorted({*found})),
        }
        yield SystemProblem(SystemProblemCode.SECTION_UNREADABLE, app, vendor, params=params)


def _expiry_problem(expiring: ExpiringCredential) -> SystemProblem:
    return SystemProblem(
        SystemProblemCode.CREDENTIAL_EXPIRING,
        expiring.app,
        expiring.vendor,
        since=expiring.expires_at - EXPIRY_SHOWN_BEFORE,
        params={
            "credential": expiring.credential,
            "fingerprint": expiring.fingerprint,
            "expires_at": f"{expiring.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        },
    )
