"""Audience expressions, JSON -> domain. Errors name the node, as `audience.all_of[1].tag`. Pure."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from pushgate.api.field_errors import field_errors
from pushgate.api.mapping.expression_structure import TOKENS, check_structure
from pushgate.api.schemas.audience import AudienceNode, DaysBody
from pushgate.audiences.json_form import TEXT_NODES, shorten
from pushgate.audiences.limits import MAX_TEXT
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    Everyone,
    HadOutcome,
    HasAttribute,
    Not,
    OnePerUser,
    OutcomeTerm,
    Registered,
    Sample,
    Seen,
    without_repeats,
)
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import AttributeValue


def to_expression(written: Mapping[str, object], field: str, errors: list[FieldError]) -> Audience:
    """Return the audience of an expression, which stands in the request as `field`. Adds errors.

    An `all_of` or `any_of` with one list of ids as its only part becomes that list.
    """
    found = check_structure(written, field)
    errors += found.errors
    if found.is_too_large:
        return Everyone()
    try:
        node = AudienceNode.model_validate({name: part for name, part in written.items() if name != TOKENS})
    except ValidationError as error:
        known = {one.field for one in found.errors}
        errors += (one for one in field_errors(error, field, bracketed=True) if one.field not in known)
        return Everyone()
    if found.errors:
        return Everyone()
    audience = _Mapper(errors).map(node, field)
    if (size := len(shorten(audience).encode())) > MAX_TEXT:
        text = f"has {size:,} bytes without its lists of ids, at most {MAX_TEXT:,} are taken; save parts"
        errors.append(FieldError(field, text))
    return _without_wrapping(audience)


def _without_wrapping(audience: Audience) -> Audience:
    match audience:
        case AllOf((part,)) | AnyOf((part,)):
            inner = _without_wrapping(part)
            return inner if isinstance(inner, Everyone | ByTerminal | ByUser) else audience
    return audience


class _Mapper:
    """Maps the nodes of one expression, each of which has just one kind."""

    def __init__(self, errors: list[FieldError]) -> None:
        self._errors = errors

    def map(self, node: AudienceNode, field: str) -> Audience:
        """Return the node in the domain."""
        if node.all_of is not None:
            return AllOf(self._map_all(node.all_of, f"{field}.all_of"))
        if node.any_of is not None:
            return AnyOf(self._map_all(node.any_of, f"{field}.any_of"))
        if node.not_ is not None:
            return Not(self.map(node.not_, f"{field}.not"))
        if node.one_per_user is not None:
            return OnePerUser(self.map(node.one_per_user, f"{field}.one_per_user"))
        if node.sample is not None:
            sample = node.sample
            return Sample(sample.share, sample.seed, self.map(sample.of, f"{field}.sample.of"))
        return self._leaf(node, field)

    def _map_all(self, nodes: Sequence[AudienceNode], field: str) -> tuple[Audience, ...]:
        return tuple(self.map(node, f"{field}[{index}]") for index, node in enumerate(nodes))

    def _leaf(self, node: AudienceNode, field: str) -> Audience:
        if node.registered is not None:
            return self._days(Registered, node.registered, f"{field}.registered")
        if node.seen is not None:
            return self._days(Seen, node.seen, f"{field}.seen")
        if node.attribute is not None:
            values = [node.equals] if node.equals is not None else node.one_of or ()
            return HasAttribute(node.attribute, _distinct(values))
        return _named(node)

    def _days(self, kind: type[Registered] | type[Seen], days: DaysBody, field: str) -> Registered | Seen:
        if days.before is None and days.after is None:
            self._errors.append(FieldError(field, "name before, after, or both"))
        elif days.before is not None and days.after is not None and days.before <= days.after:
            self._errors.append(FieldError(field, "holds no day: before must be later than after"))
        return kind(days.before, days.after)


def _named(node: AudienceNode) -> Audience:
    if node.terminals is not None:
        return without_repeats(ByTerminal(tuple(node.terminals)))
    if node.users is not None:
        return without_repeats(ByUser(tuple(node.users)))
    for name, kind in TEXT_NODES.items():
        if (text := getattr(node, name)) is not None:
            return kind(text)
    for outcome in OutcomeTerm:
        if (message_id := getattr(node, outcome.value)) is not None:
            return HadOutcome(outcome, message_id)
    return Everyone()


def _distinct(values: Sequence[AttributeValue]) -> tuple[AttributeValue, ...]:
    """Return the values without repeats. To Python, `True` is the number 1."""
    return tuple({(isinstance(value, bool), value): value for value in values}.values())
