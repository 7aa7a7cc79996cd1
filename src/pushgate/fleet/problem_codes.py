"""The faults that an installation can have: codes, each with a text and a remedy. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SystemProblemCode(StrEnum):
    """The faults of an installation. The codes are stable: alerts and clients match on them."""

    STORE_UNREACHABLE = "store_unreachable"
    STORE_LOST = "store_lost"
    STORE_EMPTY = "store_empty"
    STORE_ROLLED_BACK = "store_rolled_back"
    RESTORE_HELD = "restore_held"
    REPLICAS_MISSING = "replicas_missing"
    GEARMAN_UNREACHABLE = "gearman_unreachable"
    NO_SCHEDULER = "no_scheduler"
    NO_WORKER = "no_worker"
    NO_WEBHOOK_SENDER = "no_webhook_sender"
    NO_WORKER_FOR_VENDOR = "no_worker_for_vendor"
    CONFIGURATION_DIFFERS = "configuration_differs"
    SECTION_UNREADABLE = "section_unreadable"
    DISPATCH_LATE = "dispatch_late"
    VENDOR_REFUSES = "vendor_refuses"
    CREDENTIAL_EXPIRING = "credential_expiring"
    VENDOR_UNAVAILABLE = "vendor_unavailable"
    VENDOR_UNANSWERED = "vendor_unanswered"
    VENDOR_THROTTLES = "vendor_throttles"
    VENDOR_QUOTA = "vendor_quota"
    VENDOR_NOT_CONFIGURED = "vendor_not_configured"
    VENDOR_NOT_SERVED = "vendor_not_served"
    RATE_LIMITED = "rate_limited"
    APP_PAUSED = "app_paused"
    VENDOR_PAUSED = "vendor_paused"
    REMOVAL_HELD = "removal_held"
    SILENT_REMOVAL_HELD = "silent_removal_held"
    TERMS_MENDED = "terms_mended"
    WEBHOOK_PAUSED = "webhook_paused"
    MESSAGE_HELD = "message_held"
    VARIANTS_PENDING = "variants_pending"


@dataclass(frozen=True, slots=True)
class Text:
    """What a problem code means and what to do about it.

    Both may have placeholders for the problem's params.
    """

    message: str
    remedy: str


TEXTS: Mapping[SystemProblemCode, Text] = {
    SystemProblemCode.STORE_UNREACHABLE: Text(
        "Redis does not answer this process", "start Redis, or correct redis.url; nothing is lost meanwhile"
    ),
    SystemProblemCode.STORE_LOST: Text(
        "Redis lost its data: API keys, terminals and messages are gone",
        "create keys (pushgate keys create --config FILE), register the terminals again, and see that Redis "
        "writes to disk (appendonly yes)",
    ),
    SystemProblemCode.STORE_EMPTY: Text(
        "Redis lost its data a while ago; keys were created since",
        "register the terminals again; messages from before are gone",
    ),
    SystemProblemCode.STORE_ROLLED_BACK: Text(
        "Redis went back to an earlier state ({parts}): what was written there between {lost_from} and "
        "{lost_until} may be lost",
        "send again what was accepted in that time and is unknown now; terminals return when they register "
        "again. See which server took over or began from an older log; redis.wait_replicas and the server's "
        "min-replicas-to-write keep it from happening again",
    ),
    SystemProblemCode.RESTORE_HELD: Text(
        "the store went back to {known_until}: messages that may have been sent since wait",
        "list them (pushgate restore list --config FILE), then say what becomes of them "
        "(pushgate restore resume --config FILE)",
    ),
    SystemProblemCode.REPLICAS_MISSING: Text(
        "fewer replicas of Redis than redis.wait_replicas confirm writes of {processes} processes in time",
        "bring the replicas back, or lower redis.wait_replicas; until then a failover can lose messages, and "
        "at-most-once pushes wait",
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
    SystemProblemCode.NO_WEBHOOK_SENDER: Text(
        "no sender of webhooks is alive: events are kept and not delivered",
        "start one: pushgate webhook-sender",
    ),
    SystemProblemCode.NO_WORKER_FOR_VENDOR: Text(
        "{jobs} jobs wait, and no worker takes jobs of this app and vendor",
        "start a worker that has the app's settings and serves the vendor (worker.vendors)",
    ),
    SystemProblemCode.CONFIGURATION_DIFFERS: Text(
        "these processes have another version or configuration than the others: {processes}",
        "give all processes the same version and configuration file, and send them SIGHUP or start them "
        "again; a process that lags behind changes by API does not reach Redis, see its log",
    ),
    SystemProblemCode.SECTION_UNREADABLE: Text(
        "{processes} processes ({kinds}) cannot open the {vendor} section of the app: it is sealed with the "
        "master key {key}, which they lack, or was changed",
        "add the master key {key} to secrets.key_file of all processes, and send them SIGHUP; if the key is "
        "lost, or all have it: PUT /v1/apps/{app}/vendors/{vendor} again",
    ),
    SystemProblemCode.DISPATCH_LATE: Text(
        "the oldest due message waits for {seconds} s", "start more schedulers, or see their logs"
    ),
    SystemProblemCode.VENDOR_REFUSES: Text(
        "the vendor refuses the app: {cause}",
        "correct the app's credentials or permissions ({vendor} section), then run: pushgate check",
    ),
    SystemProblemCode.CREDENTIAL_EXPIRING: Text(
        "the credential {credential} is valid until {expires_at}; afterwards the vendor refuses the app",
        "get a new one from the vendor, then PUT /v1/apps/{app}/vendors/{vendor}?keep_previous=1h; "
        "for an app of the configuration file, replace it there and send all processes SIGHUP",
    ),
    SystemProblemCode.VENDOR_UNAVAILABLE: Text(
        "the vendor is out of order: {cause}",
        "nothing, if the vendor recovers by itself; else see the network and the endpoint. "
        "Pushes are tried again until their time to live is over",
    ),
    SystemProblemCode.VENDOR_UNANSWERED: Text(
        "the vendor takes requests and does not answer",
        "see the network and the endpoint. Pushes are tried again until their time to live is over",
    ),
    SystemProblemCode.VENDOR_THROTTLES: Text(
        "the vendor asks for fewer pushes: {cause}", "lower rate_limit of the app's vendor section, or wait"
    ),
    SystemProblemCode.VENDOR_QUOTA: Text(
        "the app's quota of the vendor's day is used up: {cause}",
        "nothing: pushes go on at midnight in Asia/Shanghai, unless their time to live is over before. "
        "If the vendor has raised the quota, set it in quotas of the {vendor} section, "
        "or POST /v1/apps/{app}/vendors/{vendor}/reset-breaker",
    ),
    SystemProblemCode.VENDOR_NOT_CONFIGURED: Text(
        "the app has no settings for this vendor here",
        "add the vendor's section to the app, and start the processes again; "
        "terminals wait until their time to live is over",
    ),
    SystemProblemCode.VENDOR_NOT_SERVED: Text(
        "no live worker serves this vendor", "start a worker that serves the vendor (worker.vendors)"
    ),
    SystemProblemCode.RATE_LIMITED: Text(
        "pushes wait for their turn by the rate limit", "nothing; raise rate_limit if the vendor allows more"
    ),
    SystemProblemCode.APP_PAUSED: Text(
        "the app is {reason}: its messages are stored, and nothing is sent",
        "resume it: POST /v1/apps/{app}/resume",
    ),
    SystemProblemCode.VENDOR_PAUSED: Text(
        "the vendor is {reason}: its pushes wait until their time to live is over",
        "resume it: POST /v1/apps/{app}/vendors/{vendor}/resume",
    ),
    SystemProblemCode.REMOVAL_HELD: Text(
        "{tokens} tokens were called dead at once and are kept, for that is abnormal",
        "see whether the app's credentials and environment are the right ones for its tokens: if they are "
        "not, correct them and POST /v1/apps/{app}/vendors/{vendor}/held-removals/dismiss; if the tokens "
        "are dead, POST .../confirm removes their terminals",
    ),
    SystemProblemCode.SILENT_REMOVAL_HELD: Text(
        "{terminals} terminals gave no sign of life for silent_after and are kept, for that is abnormal",
        "see whether the app registers its terminals at its start and whether receipts arrive; "
        "if they are to go, remove them by POST /v1/terminals:forget-silent with even_most",
    ),
    SystemProblemCode.TERMS_MENDED: Text(
        "sets of terminals disagreed with the terminals' rows and were mended: until then audiences may "
        "have missed terminals, or held others",
        "see whether anything but Pushgate writes to its Redis; else report it, with the log of the "
        "schedulers (action terms_mended)",
    ),
    SystemProblemCode.WEBHOOK_PAUSED: Text(
        "the webhook {webhook} is paused, for its receiver does not take deliveries ({reason})",
        "see GET /v1/webhooks/{webhook}/deliveries, mend the receiver, then "
        "POST /v1/webhooks/{webhook}:resume; or delete the webhook",
    ),
    SystemProblemCode.MESSAGE_HELD: Text(
        "message {message} is paused, because of what came of its canary: {reason}",
        "see GET /v1/messages/{message}/results, then send the rest by POST /v1/messages/{message}:resume, "
        "or cancel it",
    ),
    SystemProblemCode.VARIANTS_PENDING: Text(
        "{pending} pushes of the variants are not sent yet, so no variant is chosen for the rest",
        "see what these pushes wait for: variants are compared for `after` once they are sent. "
        "Or choose one: POST /v1/messages/{message}:decide",
    ),
}


@dataclass(frozen=True, slots=True)
class SystemProblem:
    """One fault of an installation.

    `app` and `vendor` are None where the problem concerns no single app or vendor.
    """

    code: SystemProblemCode
    app: str | None = None
    vendor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """When Pushgate tries again; None where it does not wait, or is trying right now."""
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        return TEXTS[self.code].message.format(**self.params)

    @property
    def remedy(self) -> str:
        """What to do."""
        return TEXTS[self.code].remedy.format(**{"app": self.app, "vendor": self.vendor, **self.params})
