"""Faults on request: which requests get another response than usual, and which one."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pushgate.sandbox.exchange import SandboxRequest
from pushgate.sandbox.rejections import RejectedTokens


class FaultRule(BaseModel):
    """What goes wrong, and how often. The first rule that matches a request decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vendor: str = Field(description="which vendor")
    share: float = Field(default=1.0, ge=0, le=1, description="how many of the requests are hit")
    times: int | None = Field(
        default=None, ge=1, description="how many requests are hit in all; unset = no end"
    )
    path: str | None = Field(default=None, description="only requests whose path holds this text")
    holds: str | None = Field(
        default=None, description="only requests with this text in the value of a header, or in the body"
    )
    error: str | None = Field(default=None, description="the vendor's code to answer with")
    retry_after: int | None = Field(default=None, ge=0, description="seconds, as Retry-After header")
    retry_at: AwareDatetime | None = Field(
        default=None, description="an instant, as Retry-After header in its form with a date"
    )
    delay: float = Field(default=0, ge=0, le=600, description="seconds to wait before anything else")
    drop: str | None = Field(
        default=None,
        pattern="^(before|after)$",
        description="close the connection: before the push is taken, or after it was, without an answer",
    )
    raw: str | None = Field(default=None, description="answer 200 with this body, which need not make sense")


class FaultPlan(BaseModel):
    """All faults in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    rules: list[FaultRule] = Field(default_factory=list, max_length=100)
    dead: dict[str, list[str]] = Field(default_factory=dict, description="dead tokens by vendor")
    refused: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="by vendor: tokens, each with the vendor's code for it; '' means dead",
    )
    quotas: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="by vendor: how many pushes it takes until its quota is used up"
    )
    expire_credentials: list[str] = Field(
        default_factory=list, description="vendors whose access tokens end now"
    )
    restart: bool = Field(
        default=False, description="close the vendors' listener gracefully (GOAWAY) and open it again"
    )


@dataclass(slots=True)
class _ActiveRule:
    """A rule, and how many requests it may still match; None is no limit."""

    rule: FaultRule
    remaining: int | None


class Faults:
    """The plan in force, and how much of it remains.

    `normalize_token` takes a vendor's name and a token, and returns the form in which tokens of
    this vendor are compared.
    """

    def __init__(self, normalize_token: Callable[[str, str], str]) -> None:
        self.plan = FaultPlan()
        self._normalize_token = normalize_token
        self._rules: list[_ActiveRule] = []
        self._rejected: dict[str, RejectedTokens] = {}
        self._random = random.Random(0)  # noqa: S311  # a seeded generator makes faults repeatable
        self._quotas_left: dict[str, int] = {}

    def set_plan(self, plan: FaultPlan) -> None:
        """Replace the plan in force."""
        self.plan = plan
        self._rules = [_ActiveRule(rule, rule.times) for rule in plan.rules]
        self._rejected = {}
        for vendor in {*plan.dead, *plan.refused}:
            codes = {**dict.fromkeys(plan.dead.get(vendor, ()), ""), **plan.refused.get(vendor, {})}
            self._rejected[vendor] = {
                self._normalize_token(vendor, token): code for token, code in codes.items()
            }
        self._random = random.Random(plan.seed)  # noqa: S311  # see above
        self._quotas_left = dict(plan.quotas)

    def rejected_tokens(self, vendor: str) -> RejectedTokens:
        """The tokens that the vendor rejects."""
        return self._rejected.get(vendor, {})

    def take_quota(self, vendor: str, pushes: int) -> bool:
        """Whether the vendor's quota has room for so many pushes; then they are counted. A request
        is taken as a whole, or not at all.
        """
        left = self._quotas_left.get(vendor)
        if left is None or pushes == 0:
            return True
        if pushes > left:
            return False
        self._quotas_left[vendor] = left - pushes
        return True

    def match(self, vendor: str, request: SandboxRequest) -> FaultRule | None:
        """The rule that applies to this request, if any; it is counted as used."""
        for active in self._rules:
            rule = active.rule
            if rule.vendor != vendor or active.remaining == 0 or not _matches(rule, request):
                continue
            if rule.share < 1 and self._random.random() >= rule.share:
                continue
            if active.remaining is not None:
                active.remaining -= 1
            return rule
        return None


def _matches(rule: FaultRule, request: SandboxRequest) -> bool:
    """Whether the request has the texts that the rule names."""
    if rule.path and rule.path not in request.path:
        return False
    if rule.holds is None:
        return True
    if rule.holds.encode() in request.body:
        return True
    return any(rule.holds in value for value in request.headers.values())
