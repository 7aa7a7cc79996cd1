"""Measures saved audiences together with those that they name, and finds names that would make a
circle. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate.audiences.limits import MAX_EXPANDED_DEPTH, MAX_EXPANDED_IDS, MAX_EXPANDED_NODES
from pushgate.domain.audience import Audience, ByTerminal, ByUser, Saved, nodes_of, parts_of


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of an audience: nodes, ids of all lists, and nodes within each other; and the saved
    audiences that it names, each as often as it names them.
    """

    nodes: int
    ids: int
    depth: int
    names: tuple[str, ...] = ()


Shapes = Mapping[str, Shape]
"""Shapes of saved audiences by name."""


def shape_of(audience: Audience) -> Shape:
    """The shape of an audience by itself."""
    nodes = list(nodes_of(audience))
    ids = 0
    for node in nodes:
        match node:
            case ByTerminal(listed) | ByUser(listed):
                ids += len(listed)
    names = tuple(node.name for node in nodes if isinstance(node, Saved))
    return Shape(len(nodes), ids, _depth(audience), names)


def _depth(audience: Audience) -> int:
    return 1 + max(map(_depth, parts_of(audience)), default=0)


def reaches(shapes: Shapes, start: str, wanted: str) -> bool:
    """Whether the audience `start` is `wanted`, or names it through any number of others."""
    seen, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name == wanted:
            return True
        if name not in seen and name in shapes:
            seen.add(name)
            waiting += shapes[name].names
    return False


def dependants(shapes: Shapes, name: str) -> list[str]:
    """The audiences that name this one, through any number of others, in the order of their
    names.
    """
    found, waiting = set[str](), [name]
    while waiting:
        wanted = waiting.pop()
        others = {other for other, shape in shapes.items() if wanted in shape.names} - found
        found |= others
        waiting += others
    return sorted(found)


def expanded(shapes: Shapes, name: str, known: dict[str, Shape] | None = None) -> Shape:
    """The shape of a saved audience with those that it names put in their places. There is no
    circle among them. `known` are shapes of this kind that were found before.
    """
    known = {} if known is None else known
    if name not in known:
        own = shapes[name]
        parts = [expanded(shapes, other, known) for other in own.names if other in shapes]
        known[name] = Shape(
            own.nodes + sum(part.nodes for part in parts),
            own.ids + sum(part.ids for part in parts),
            own.depth + max((part.depth for part in parts), default=0),
        )
    return known[name]


def excess_of(shape: Shape) -> str | None:
    """What of an expanded audience exceeds its limit, None where nothing does."""
    for kind, size, limit in (
        ("nodes", shape.nodes, MAX_EXPANDED_NODES),
        ("ids", shape.ids, MAX_EXPANDED_IDS),
        ("nodes within each other", shape.depth, MAX_EXPANDED_DEPTH),
    ):
        if size > limit:
            return f"has {size:,} {kind} together with the audiences that it names, at most {limit:,}"
    return None
