"""Topics: tokens of a vendor that stand for all who have subscribed, not for one terminal."""

from pushgate.adapters.registry import vendors
from pushgate.audiences.json_form import shorten
from pushgate.domain.audience import (
    Audience,
    AudienceKind,
    AudienceSummary,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
)


def is_topic(vendor: str, token: str) -> bool:
    """Whether a token of this vendor is a topic."""
    known = vendors().get(vendor)
    return bool(known and known.topic_pattern and known.topic_pattern.match(token))


def summarize_audience(audience: Audience) -> AudienceSummary:
    """Return the kind and size of the audience, the vendors of its tokens and of its topics, and
    the short form of an expression.
    """
    match audience:
        case ByTerminal(terminals):
            return AudienceSummary(AudienceKind.TERMINALS, len(terminals))
        case ByUser(users):
            return AudienceSummary(AudienceKind.USERS, len(users))
        case ByToken(tokens):
            of_terminals, of_topics = set[str](), set[str]()
            for item in tokens:
                (of_topics if is_topic(item.vendor, item.token) else of_terminals).add(item.vendor)
            return AudienceSummary(
                AudienceKind.TOKENS, len(tokens), tuple(sorted(of_terminals)), tuple(sorted(of_topics))
            )
        case Everyone():
            return AudienceSummary()
    return AudienceSummary(AudienceKind.EXPRESSION, expression=shorten(audience))
