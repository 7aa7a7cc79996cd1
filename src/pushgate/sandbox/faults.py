"""Misbehaviour on request: which requests are answered otherwise, and how."""

import random
from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pushgate.sandbox.exchange import Refused, Sent
from pushgate.sandbox.tokens import as_compared


class FaultRule(BaseModel):
    """What is to go wrong, how often. The first rule that hits a request decides."""

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
        description="by vendor, tokens with the code of its own that it says of each; '' is dead",
    )
    expire_credentials: list[str] = Field(
        default_factory=list, description="vendors whose access tokens end now"
    )
    restart: bool = Field(
        default=False, description="close the vendors' listener gracefully (GOAWAY) and open it again"
    )


@dataclass(slots=True)
class _Counted:
    rule: FaultRule
    left: int | None


class Faults:
    """The plan in force and what is left of it."""

    def __init__(self) -> None:
        self.plan = FaultPlan()
        self._rules: list[_Counted] = []
        self._refused: dict[str, Refused] = {}
        self._random = random.Random(0)  # noqa: S311  # to be repeatable is its purpose

    def set(self, plan: FaultPlan) -> None:
        """Put a plan in force instead of the one before."""
        self.plan = plan
        self._rules = [_Counted(rule, rule.times) for rule in plan.rules]
        self._refused = {}
        for vendor in {*plan.dead, *plan.refused}:
            codes = {**dict.fromkeys(plan.dead.get(vendor, ()), ""), **plan.refused.get(vendor, {})}
            self._refused[vendor] = {as_compared(vendor, token): code for token, code in codes.items()}
        self._random = random.Random(plan.seed)  # noqa: S311  # see above

    def refused(self, vendor: str) -> Refused:
        """The tokens that the vendor does not take."""
        return self._refused.get(vendor, {})

    def hit(self, vendor: str, sent: Sent) -> FaultRule | None:
        """The rule that this request falls under, if any."""
        for counted in self._rules:
            rule = counted.rule
            if rule.vendor != vendor or counted.left == 0 or not _matches(rule, sent):
                continue
            if rule.share < 1 and self._random.random() >= rule.share:
                continue
            if counted.left is not None:
                counted.left -= 1
            return rule
        return None


def _matches(rule: FaultRule, sent: Sent) -> bool:
    """Whether the request has what the rule names."""
    if rule.path and rule.path not in sent.path:
        return False
    if rule.holds is None:
        return True
    return any(rule.holds in value for value in sent.headers.values()) or rule.holds.encode() in sent.body
