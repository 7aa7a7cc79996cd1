"""The results of a message: counts, failures, and why terminals are pending."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel, optional
from pushgate.api.schemas.canaries import CanaryResult
from pushgate.api.schemas.escalation import StepResult
from pushgate.api.schemas.fields import MessageId, VendorName
from pushgate.domain.experiment import Unit, WinnerGround, WinnerMeasure
from pushgate.domain.message import Status
from pushgate.domain.outcome import State
from pushgate.experiments.judgement import Ground
from pushgate.fleet.problem_codes import SystemProblemCode


class StateCounts(ResponseModel):
    """Terminals by state and by receipt."""

    targeted: Count
    pending: Count
    accepted: Count
    invalid: Count
    rejected: Count
    expired: Count
    cancelled: Count
    delivered: Count
    clicked: Count
    muted: Count
    gone: Count


class Counts(StateCounts):
    """The counts of a message, or of a part of it."""

    recalled: Count
    withdrawn: Count = Field(
        description="terminals from which the notification is removed, because the user clicked on another "
        "one: `options.clear_on_click`"
    )
    unproven: Count = Field(
        description="clicks that only a vendor reported, in an app whose `clicked` counts "
        "only clicks that devices prove"
    )
    received: Count
    click_through_rate: float | None


class ReceivedFrom(StrEnum):
    """What `received` counts beside clicks."""

    DELIVERED = "delivered"
    ACCEPTED = "accepted"


class GroupCounts(Counts):
    """The counts of one vendor and language."""

    vendor: VendorName
    language: str
    received_from: ReceivedFrom


class FailureCount(ResponseModel):
    """How many terminals ended in a state for one reason."""

    vendor: VendorName
    state: State
    code: str
    reason: str
    count: Count


class Moment(ResponseModel):
    """Arrivals in a state, or receipts, within one minute."""

    at: AwareDatetime
    pending: Count = optional()
    accepted: Count = optional()
    invalid: Count = optional()
    rejected: Count = optional()
    expired: Count = optional()
    cancelled: Count = optional()
    delivered: Count = optional()
    clicked: Count = optional()
    muted: Count = optional()
    gone: Count = optional()
    recalled: Count = optional()
    unproven: Count = optional()


class UnknownReports(ResponseModel):
    """Reports on terminals that the message was not for. They count for no terminal."""

    delivered: Count
    clicked: Count
    muted: Count
    gone: Count


class Waiting(ResponseModel):
    """Why terminals are still pending: those of one vendor, or of all vendors if `vendor` is
    null.
    """

    reason: SystemProblemCode
    vendor: VendorName | None
    since: AwareDatetime | None
    until: AwareDatetime | None
    params: dict[str, str | int]
    message: str
    remedy: str


class PartResults(Counts):
    """The results of a part of a message: the terminals whose local time came at one instant."""

    number: int = Field(ge=1)
    push_time: AwareDatetime
    expires_at: AwareDatetime
    status: Status
    missed: bool = Field(
        description="whether these terminals were left out, because the time to live was over in their zone"
    )


class CountToCome(ResponseModel):
    """About how many terminals are due at an instant."""

    at: AwareDatetime
    count: Count


class PartsToCome(ResponseModel):
    """The parts of a message that are not made yet."""

    instants: Count = Field(description="at how many instants terminals are still due")
    next_at: AwareDatetime | None
    terminals: Count = Field(description="about how many terminals are still to come, as of `counted_at`")
    counts: list[CountToCome] = Field(description="instants at which nobody is due are left out")
    counted_at: AwareDatetime = Field(description="when it was counted; a count is used for half a minute")


class Held(ResponseModel):
    """Terminals for which the message waits until quiet hours end there."""

    count: Count = Field(
        description="in a message to at most 64 terminals or users these are pending; in any other "
        "they are not targeted yet"
    )
    next_at: AwareDatetime = Field(description="when the first of them are due")


class Rate(ResponseModel):
    """A share of terminals, from 0 to 1, and the interval that holds the true one in 95 of 100
    experiments (Wilson).
    """

    rate: float
    low: float
    high: float


class Uplift(ResponseModel):
    """The click rate less that of the first variant, and the interval that holds the true
    difference in 95 of 100 experiments (Newcombe).
    """

    difference: float
    low: float
    high: float


class VariantResult(StateCounts):
    """The results of one variant. Rates are shares of all targeted terminals."""

    name: str
    share: float
    click_rate: Rate
    uplift: Uplift | None
    muted_rate: Rate
    gone_rate: Rate


class Winner(ResponseModel):
    """Which variant the rest gets. `variant`, `ground` and `decided_at` are null before the
    decision. The decision is made at `ends_at`, which moves on while more than 5 % of the variants'
    pushes are pending, or earlier, as soon as one variant is clearly the best.
    """

    after: str
    by: WinnerMeasure
    ends_at: AwareDatetime
    variant: str | None
    ground: WinnerGround | None
    decided_at: AwareDatetime | None
    rest: StateCounts = Field(description="counts of the terminals that wait for the winner, or got it")


class Experiment(ResponseModel):
    """A message's variants compared.

    `clear` is decided by the click race while clicks come in (`evidence` > `needed`), or by one
    z-test at the end: once the message has expired, or when the time for a winner is over. Each
    errs in at most 5 % of experiments without a difference. A decision is final; `decided_at` says
    when it was made.
    """

    unit: Unit
    holdout: float
    held_out: Count = Field(description="terminals of the audience that get nothing, to compare with")
    variants: list[VariantResult]
    best: str | None
    clear: bool
    ground: Ground
    evidence: float
    needed: float
    decided_at: AwareDatetime | None
    winner: Winner = optional("of a message of which a rest waits")


class Results(Counts):
    """The results of a message."""

    id: MessageId
    status: Status
    dry_run: bool | None
    groups: list[GroupCounts]
    failures: list[FailureCount]
    timeline: list[Moment]
    unknown_reports: UnknownReports
    waiting: list[Waiting]
    held: Held = optional("while terminals are in quiet hours")
    parts: list[PartResults] = optional("of a message to a local time or to the best hour")
    to_come: PartsToCome = optional("of a message to a local time or to the best hour")
    experiment: Experiment = optional("of a message with variants")
    canary: CanaryResult = optional("of a message with a canary that has begun")
    steps: list[StepResult] = optional("of a message that is escalated")
