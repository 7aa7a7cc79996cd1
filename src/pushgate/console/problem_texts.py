"""What is wrong with an installation, as a sentence with its remedy and a link into the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from pushgate.console.marking import N_


class Severity(Enum):
    """How much a problem matters. The value names its colour."""

    WRONG = "wrong"
    SLOW = "slow"


SEVERITIES = (Severity.WRONG.value, Severity.SLOW.value, "well")
"""What pages show of a problem, a vendor or a finding, the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemText:
    """The words for one code of a problem. All texts may have placeholders for its params,
    `{vendor}` for the vendor's name and `{why}` for the vendor's code in words.
    """

    severity: Severity
    title: str
    remedy: str
    act: str = ""
    """What the link says, empty where no page of the console helps."""
    path: str = ""
    """Where the link leads."""


_WRONG, _SLOW = Severity.WRONG, Severity.SLOW
_VENDORS, _SETUP, _MESSAGES = "/vendors", "/setup", "/messages?status=sending"

PROBLEM_TEXTS: Mapping[str, ProblemText] = {
    "store_unreachable": ProblemText(
        severity=_WRONG,
        title=N_("Redis does not answer"),
        remedy=N_("Nothing is lost, and nothing is sent. Start Redis, or correct redis.url."),
    ),
    "store_lost": ProblemText(
        severity=_WRONG,
        title=N_("Redis lost its data: keys, phones and messages are gone"),
        remedy=N_(
            "Create keys, register the phones again, and see that Redis writes to disk (appendonly yes)."
        ),
    ),
    "store_empty": ProblemText(
        severity=_WRONG,
        title=N_("Redis lost its data a while ago"),
        remedy=N_("Register the phones again; messages from before are gone."),
        act=N_("Import phones"),
        path="/audience",
    ),
    "store_rolled_back": ProblemText(
        severity=_WRONG,
        title=N_("Redis went back to an earlier state ({parts})"),
        remedy=N_(
            "What was written there between {lost_from} and {lost_until} may be lost: send again what was "
            "accepted in that time and is unknown now. redis.wait_replicas keeps it from happening again."
        ),
    ),
    "restore_held": ProblemText(
        severity=_WRONG,
        title=N_("The store went back to {known_until}"),
        remedy=N_(
            "Messages that may have been sent since wait; new ones are sent. On the server’s machine, list "
            "them with pushgate restore list, and decide with pushgate restore resume."
        ),
    ),
    "replicas_missing": ProblemText(
        severity=_SLOW,
        title=N_("Replicas of Redis do not confirm writes in time"),
        remedy=N_(
            "It concerns {processes} processes. Bring the replicas back, or lower redis.wait_replicas. Until "
            "then a failover can lose messages, and pushes that are sent at most once wait."
        ),
    ),
    "gearman_unreachable": ProblemText(
        severity=_WRONG,
        title=N_("The Gearman server {server} does not answer"),
        remedy=N_("Messages wait in Redis meanwhile. Start it, or take it out of gearman.servers."),
        act=N_("Processes"),
        path=_SETUP,
    ),
    "no_scheduler": ProblemText(
        severity=_WRONG,
        title=N_("No scheduler is alive"),
        remedy=N_("Messages are stored and not sent. Start one: pushgate scheduler"),
        act=N_("Processes"),
        path=_SETUP,
    ),
    "no_worker": ProblemText(
        severity=_WRONG,
        title=N_("No worker is alive"),
        remedy=N_("Messages are stored and not sent. Start one: pushgate worker"),
        act=N_("Processes"),
        path=_SETUP,
    ),
    "no_webhook_sender": ProblemText(
        severity=_SLOW,
        title=N_("No sender of webhooks is alive"),
        remedy=N_("Events are kept and not delivered. Start one: pushgate webhook-sender"),
        act=N_("Webhooks"),
        path=_SETUP,
    ),
    "no_worker_for_vendor": ProblemText(
        severity=_WRONG,
        title=N_("No worker serves {vendor}"),
        remedy=N_(
            "{jobs} jobs wait. Start a worker that has the app’s settings and serves {vendor} "
            "(worker.vendors)."
        ),
        act=N_("Processes"),
        path=_SETUP,
    ),
    "configuration_differs": ProblemText(
        severity=_SLOW,
        title=N_("Processes have different versions or configurations"),
        remedy=N_(
            "These differ: {processes}. Give all the same version and configuration file, and start them "
            "again."
        ),
        act=N_("Processes"),
        path=_SETUP,
    ),
    "section_unreadable": ProblemText(
        severity=_WRONG,
        title=N_("{vendor}’s credentials cannot be opened"),
        remedy=N_(
            "{processes} processes ({kinds}) lack the master key {key}. Add it to secrets.key_file of all "
            "processes; if it is lost, enter the credentials again."
        ),
        act=N_("Credentials"),
        path=_VENDORS,
    ),
    "dispatch_late": ProblemText(
        severity=_SLOW,
        title=N_("Messages go out {seconds} s late"),
        remedy=N_("Start more schedulers, or see their logs."),
        act=N_("What waits"),
        path=_MESSAGES,
    ),
    "vendor_refuses": ProblemText(
        severity=_WRONG,
        title=N_("{vendor} refuses: {why}"),
        remedy=N_(
            "Nothing is lost: what waits is sent as soon as the credentials or permissions are right, until "
            "its time to live ends."
        ),
        act=N_("Correct the credentials"),
        path=_VENDORS,
    ),
    "credential_expiring": ProblemText(
        severity=_SLOW,
        title=N_("{vendor}’s credential {credential} expires on {expires_at}"),
        remedy=N_("Afterwards {vendor} refuses the app. Get a new one from the vendor and replace it."),
        act=N_("Replace the credential"),
        path=_VENDORS,
    ),
    "vendor_unavailable": ProblemText(
        severity=_SLOW,
        title=N_("{vendor} is out of order: {why}"),
        remedy=N_("Nothing to do if it recovers by itself. Pushes are tried again until their time is over."),
        act=N_("Vendor"),
        path=_VENDORS,
    ),
    "vendor_unanswered": ProblemText(
        severity=_SLOW,
        title=N_("{vendor} takes requests and does not answer"),
        remedy=N_("See the network and the endpoint. Pushes are tried again until their time is over."),
        act=N_("Vendor"),
        path=_VENDORS,
    ),
    "vendor_throttles": ProblemText(
        severity=_SLOW,
        title=N_("{vendor} asks for fewer pushes: {why}"),
        remedy=N_("Wait, or lower the rate limit of {vendor}."),
        act=N_("Rate limit"),
        path=_VENDORS,
    ),
    "vendor_quota": ProblemText(
        severity=_SLOW,
        title=N_("The day’s quota of {vendor} is used up"),
        remedy=N_("Pushes go on at midnight in Shanghai, unless their time to live ends before."),
        act=N_("Vendor"),
        path=_VENDORS,
    ),
    "vendor_not_configured": ProblemText(
        severity=_WRONG,
        title=N_("{vendor} is not set up"),
        remedy=N_("Its phones wait until the time to live ends. Enter {vendor}’s credentials."),
        act=N_("Set up {vendor}"),
        path=_VENDORS,
    ),
    "vendor_not_served": ProblemText(
        severity=_WRONG,
        title=N_("No live worker serves {vendor}"),
        remedy=N_("Start a worker that serves {vendor} (worker.vendors)."),
        act=N_("Processes"),
        path=_SETUP,
    ),
    "rate_limited": ProblemText(
        severity=_SLOW,
        title=N_("In line at {vendor}, by its rate limit"),
        remedy=N_("Nothing to do; raise the rate limit if {vendor} allows more."),
        act=N_("Rate limit"),
        path=_VENDORS,
    ),
    "app_paused": ProblemText(
        severity=_SLOW,
        title=N_("The app is paused"),
        remedy=N_("Its messages are stored, and nothing is sent until it is resumed."),
        act=N_("Resume"),
        path=_VENDORS,
    ),
    "vendor_paused": ProblemText(
        severity=_SLOW,
        title=N_("{vendor} is paused"),
        remedy=N_("Its pushes wait until it is resumed, or their time is over."),
        act=N_("Resume"),
        path=_VENDORS,
    ),
    "removal_held": ProblemText(
        severity=_SLOW,
        title=N_("{tokens} removals are held at {vendor}"),
        remedy=N_(
            "So many push tokens were called dead at once that they are kept. Say whether they are dead, or "
            "the credentials are those of another environment."
        ),
        act=N_("Look at them"),
        path=_VENDORS,
    ),
    "silent_removal_held": ProblemText(
        severity=_SLOW,
        title=N_("{terminals} silent phones are kept"),
        remedy=N_(
            "That many at once is abnormal. See whether the app registers at its start and whether receipts "
            "arrive."
        ),
        act=N_("Audience"),
        path="/audience",
    ),
    "terms_mended": ProblemText(
        severity=_SLOW,
        title=N_("Sets of phones disagreed with their rows, and were mended"),
        remedy=N_(
            "Audiences may have missed phones until then. See whether anything but Pushgate writes to its "
            "Redis."
        ),
    ),
    "message_held": ProblemText(
        severity=_SLOW,
        title=N_("A message waits for a decision: its first recipients fared badly"),
        remedy=N_("Look at its results, then resume or cancel it."),
        act=N_("Messages"),
        path="/messages?status=paused",
    ),
    "variants_pending": ProblemText(
        severity=_SLOW,
        title=N_("No variant is chosen yet: {pending} pushes of them are not sent"),
        remedy=N_("Variants are compared once they are sent. Or choose one under Variants."),
    ),
    "webhook_paused": ProblemText(
        severity=_SLOW,
        title=N_("A webhook is paused: its receiver does not take deliveries"),
        remedy=N_("Its events are kept. Mend the receiver, then resume the webhook."),
        act=N_("Webhooks"),
        path=_SETUP,
    ),
}
"""By the code of the problem."""

UNKNOWN_PROBLEM = ProblemText(severity=_SLOW, title="{message}", remedy="{remedy}")
"""For a code that this console does not know: the API's own words."""
