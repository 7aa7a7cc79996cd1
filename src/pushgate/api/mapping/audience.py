"""The audience of a message, JSON -> domain: a list, or an expression. Pure."""

from collections.abc import Sequence

from pushgate.api.mapping.expression import to_expression
from pushgate.api.mapping.expression_structure import NODE_KINDS
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.schemas.audience import AudienceBody, InlineTokenBody
from pushgate.content.language import for_grouping
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser, Everyone, without_repeats
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import InlineToken
from pushgate.terminals.language_limits import DEFAULT_LIMITS

_LISTS = ("all", "terminals", "users", "tokens")
_ALL_KINDS = (*_LISTS, *(name for name in NODE_KINDS if name not in _LISTS))


def to_audience(
    written: AudienceBody, app_default: str, max_items: int, errors: list[FieldError]
) -> Audience:
    """Return the audience without duplicates. Adds errors, also for more than `max_items` items in
    a list.
    """
    given = [name for name in _LISTS if getattr(written, name) is not None]
    if written.model_extra:
        nodes = {name: getattr(written, name) for name in given} | written.model_extra
        return to_expression(nodes, "audience", errors)
    if len(given) != 1:
        text = f"name one of {', '.join(_ALL_KINDS)}"
        errors.append(FieldError("audience", f"{text}; it has {' and '.join(given) or 'none of them'}"))
        return Everyone()
    listed = written.terminals or written.users or written.tokens or ()
    if len(listed) > max_items:
        text = f"has {len(listed)} items, at most {max_items} are taken; send several messages"
        errors.append(FieldError(f"audience.{given[0]}", text))
    if written.terminals is not None:
        return without_repeats(ByTerminal(tuple(written.terminals)))
    if written.users is not None:
        return without_repeats(ByUser(tuple(written.users)))
    if written.tokens is not None:
        return without_repeats(_to_tokens(written.tokens, app_default, errors))
    return Everyone()


def _to_tokens(written: Sequence[InlineTokenBody], app_default: str, errors: list[FieldError]) -> ByToken:
    tokens = tuple(
        InlineToken(
            item.vendor,
            to_token(item.vendor, item.token, f"audience.tokens.{index}.", errors),
            for_grouping(item.language or app_default),
        )
        for index, item in enumerate(written)
    )
    # Each language is a group, with jobs of its own.
    languages = len({token.language for token in tokens})
    if languages > DEFAULT_LIMITS.coarse:
        text = f"name {languages} languages, at most {DEFAULT_LIMITS.coarse} are taken; send several messages"
        errors.append(FieldError("audience.tokens", text))
    return ByToken(tokens)
