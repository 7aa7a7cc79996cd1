"""Finds the names in the nodes of an audience, and the place of each node in the request. Pure."""

from collections.abc import Iterator

from pushgate.audiences.json_form import to_json
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    HadOutcome,
    Not,
    OfVendor,
    OnePerUser,
    Sample,
    Saved,
    nodes_of,
)


def saved_names(audience: Audience) -> tuple[str, ...]:
    """The saved audiences that the audience names itself, each once."""
    return tuple(dict.fromkeys(node.name for node in nodes_of(audience) if isinstance(node, Saved)))


def naming_nodes(audience: Audience, field: str) -> Iterator[tuple[str, Audience]]:
    """The nodes that name ids, vendors, messages or saved audiences, each with its path below
    `field`, such as `audience.all_of[1].clicked`.
    """
    match audience:
        case AllOf(parts):
            yield from _of_parts(parts, f"{field}.all_of")
        case AnyOf(parts):
            yield from _of_parts(parts, f"{field}.any_of")
        case Not(part):
            yield from naming_nodes(part, f"{field}.not")
        case Sample(of=part):
            yield from naming_nodes(part, f"{field}.sample.of")
        case OnePerUser(of=part):
            yield from naming_nodes(part, f"{field}.one_per_user")
        case ByTerminal() | ByUser() | OfVendor() | HadOutcome() | Saved():
            (name,) = to_json(audience, whole=False)
            yield f"{field}.{name}", audience


def _of_parts(parts: tuple[Audience, ...], field: str) -> Iterator[tuple[str, Audience]]:
    for index, part in enumerate(parts):
        yield from naming_nodes(part, f"{field}[{index}]")
