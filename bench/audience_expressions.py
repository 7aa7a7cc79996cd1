"""Audiences that are counted, each as Pushgate has it and as PostgreSQL has it."""

from dataclasses import dataclass

from bench.audience_world import TAGS, TIMEZONES
from pushgate.domain.audience import AllOf, AnyOf, Audience, HasTag, InTimezone, Not


@dataclass(frozen=True, slots=True)
class Expression:
    """An audience, and the condition of a row of the table `terminals` for the same terminals."""

    name: str
    audience: Audience
    condition: str


def _tag(number: int) -> HasTag:
    return HasTag(TAGS[number])


def _twenty() -> Expression:
    """Ten pairs of tags, of which a terminal has to have one."""
    pairs = [(number, number + 10) for number in range(30, 40)]
    return Expression(
        "20 terms",
        AnyOf(tuple(AllOf((_tag(left), _tag(right))) for left, right in pairs)),
        " OR ".join(f"tags @> '{{{left},{right}}}'" for left, right in pairs),
    )


EXPRESSIONS = (
    Expression("1 term", _tag(40), "tags @> '{40}'"),
    Expression(
        "5 terms",
        AllOf((_tag(45), AnyOf((_tag(38), _tag(39))), Not(_tag(30)), InTimezone(TIMEZONES[0]))),
        "tags @> '{45}' AND tags && '{38,39}' AND NOT tags @> '{30}' AND timezone = 0",
    ),
    Expression("3 rare tags", AnyOf((_tag(0), _tag(1), _tag(2))), "tags && '{0,1,2}'"),
    _twenty(),
)
