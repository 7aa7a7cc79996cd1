"""Canaries of messages: in requests, in messages and in results."""

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, DescribedWithoutNull, RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import DURATION_SCHEMA, VendorName, duration_up_to
from pushgate.domain.canary import MAX_SHARE, MAX_WAIT, MIN_ANSWERS, MIN_SHARE, Measure, Phase

_Limit = Annotated[Annotated[float, Field(gt=0, lt=100)] | None, DescribedWithoutNull]


class CanaryLimitsBody(RequestBody):
    """Limits on the results of a canary, in per cent of the terminals for which the vendor
    answered.
    """

    rejected: _Limit = optional("passed where more of a vendor's terminals are rejected")
    invalid: _Limit = optional("passed where more of a vendor's terminals have a dead token")
    gone: _Limit = optional("passed where more of a vendor's terminals are reported as gone")
    muted: _Limit = optional("passed where more of a vendor's terminals show no notifications")
    clicks_below: _Limit = optional(
        "passed where fewer of all accepted terminals clicked by the end of `wait`"
    )


class CanaryBody(RequestBody):
    """A share of the terminals that gets the message first, and what happens then."""

    share: float = Field(ge=MIN_SHARE, le=MAX_SHARE, description="per cent, a random sample of every block")
    wait: Annotated[timedelta, duration_up_to(MAX_WAIT), DURATION_SCHEMA] = Field(
        description="from the push time until the rest is sent, such as `10m`"
    )
    hold_if: CanaryLimitsBody = Field(
        default_factory=CanaryLimitsBody,
        description="if one of these limits is passed, the message is paused",
    )
    slower_if: CanaryLimitsBody = Field(
        default_factory=CanaryLimitsBody,
        description="if one of these limits is passed at the end of `wait`, `spread` takes twice the time",
    )


class CanaryLimits(ResponseModel):
    """Limits in per cent; one that is not set is left out."""

    rejected: float = optional()
    invalid: float = optional()
    gone: float = optional()
    muted: float = optional()
    clicks_below: float = optional()


class Canary(ResponseModel):
    """A share of the terminals that gets the message first."""

    share: float
    wait: str = Field(description="a duration such as `10m`")
    hold_if: CanaryLimits
    slower_if: CanaryLimits


class CanaryFinding(ResponseModel):
    """A limit that was passed: `count` of `answers` terminals."""

    measure: Measure
    vendor: VendorName | None = Field(description="null for clicks, which count for all vendors together")
    count: Count
    answers: Count
    limit: float
    reason: str


class FewAnswers(ResponseModel):
    """Too few answers to judge a limit."""

    vendor: VendorName | None = Field(description="null for clicks, which count for all vendors together")
    answers: Count


class CanaryResult(ResponseModel):
    """The state of a canary."""

    phase: Phase
    until: AwareDatetime | None = Field(description="when the rest is due, while the canary runs")
    finding: CanaryFinding | None = Field(description="why it was held or slowed")
    few_answers: list[FewAnswers] = Field(
        description=f"of whom the guard had fewer than {MIN_ANSWERS} answers when it decided, so that no "
        "limit on them was judged"
    )
