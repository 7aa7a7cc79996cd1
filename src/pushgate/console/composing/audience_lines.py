"""An audience as lines (and, or, but not) <-> the audience of a message. Pure.

A line with `or` widens the line before it: "tag vip, or tag member, and seen since May, but not
clicked X" is (vip or member) and seen and not clicked. Each "and" and each "but not" begins a
group; a group is one part of the audience's outermost `all_of`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, cast

from pushgate.console.composing.value_lists import format_texts, format_values, parse_texts, parse_values
from pushgate.domain.terminal import AttributeValue

Node = Mapping[str, object]
EVERYBODY: Node = {"all": True}


class Join(StrEnum):
    """How a line goes on from the lines before it."""

    AND = "and"
    OR = "or"
    NOT = "not"


class Kind(StrEnum):
    """What a line asks of a terminal."""

    TAG = "tag"
    ATTRIBUTE = "attribute"
    LANGUAGE = "language"
    VENDOR = "vendor"
    SEEN_AFTER = "seen_after"
    SEEN_BEFORE = "seen_before"
    REGISTERED_AFTER = "registered_after"
    REGISTERED_BEFORE = "registered_before"
    TIMEZONE = "timezone"
    APP_VERSION = "app_version"
    USERS = "users"
    TERMINALS = "terminals"
    SAVED = "saved"
    TARGETED = "targeted"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    CLICKED = "clicked"
    FAILED = "failed"


TEXTS = (Kind.TAG, Kind.LANGUAGE, Kind.VENDOR, Kind.TIMEZONE, Kind.APP_VERSION, Kind.SAVED)
"""Kinds that hold one text; several in a line are alternatives."""
LISTS = (Kind.USERS, Kind.TERMINALS)
OUTCOMES = (Kind.TARGETED, Kind.ACCEPTED, Kind.DELIVERED, Kind.CLICKED, Kind.FAILED)
"""Kinds that hold the id of an earlier message."""
DAYS: Mapping[Kind, tuple[str, str]] = {
    Kind.SEEN_AFTER: ("seen", "after"),
    Kind.SEEN_BEFORE: ("seen", "before"),
    Kind.REGISTERED_AFTER: ("registered", "after"),
    Kind.REGISTERED_BEFORE: ("registered", "before"),
}
_KINDS_OF_DAYS = {names: kind for kind, names in DAYS.items()}
_PLAIN_KINDS = {kind.value: kind for kind in (*TEXTS, *LISTS, *OUTCOMES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it is written. `name` is that of an attribute."""

    join: Join = Join.AND
    kind: Kind = Kind.TAG
    name: str = ""
    value: str = ""


class Place(NamedTuple):
    """Where a line stands in the audience: the path of its node, such as `all_of[1].not`."""

    path: str
    line: int


def to_audience(lines: Sequence[Line]) -> Node:
    """Return the audience of the lines; without lines it is everybody. What is not filled in stays
    empty, for the API to refuse.
    """
    parts = [_part(group) for group in _groups(lines)]
    if len(parts) > 1:
        return {"all_of": parts}
    return parts[0] if parts else EVERYBODY


def to_lines(audience: Node) -> list[Line] | None:
    """Return the lines of an audience; None for one that lines do not show. `to_audience` of the
    lines is the same audience.
    """
    if audience == EVERYBODY:
        return []
    parts = _several(audience, "all_of")
    lines: list[Line] = []
    for part in (audience,) if parts is None else parts:
        group = _lines_of_part(part)
        if group is None:
            return None
        lines.extend(group)
    return lines if to_audience(lines) == audience else None


def places(lines: Sequence[Line]) -> list[Place]:
    """Return where each line stands in the audience, for errors that name a path."""
    groups = _groups(lines)
    found: list[Place] = []
    index = 0
    for number, group in enumerate(groups):
        path = f"all_of[{number}]" if len(groups) > 1 else ""
        if group[0].join is Join.NOT:
            path = _below(path, "not")
        leaves = [(index + offset) for offset, line in enumerate(group) for _ in _leaves(line)]
        alone = len(leaves) == 1
        found.extend(
            Place(path if alone else _below(path, f"any_of[{leaf}]"), line)
            for leaf, line in enumerate(leaves)
        )
        index += len(group)
    return found


def ends_of_groups(lines: Sequence[Line]) -> list[int]:
    """Return the index of the last line of each group, in the order of the audience's parts."""
    ends: list[int] = []
    for group in _groups(lines):
        ends.append((ends[-1] if ends else -1) + len(group))
    return ends


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in lines:
        if line.join is Join.OR and groups:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _part(group: Sequence[Line]) -> Node:
    leaves = [leaf for line in group for leaf in _leaves(line)]
    node: Node = leaves[0] if len(leaves) == 1 else {"any_of": leaves}
    return {"not": node} if group[0].join is Join.NOT else node


def _leaves(line: Line) -> list[Node]:
    """Return the alternatives of a line, at least one."""
    if line.kind in TEXTS:
        return [{line.kind.value: text} for text in parse_texts(line.value) or [""]]
    if line.kind in LISTS:
        return [{line.kind.value: parse_texts(line.value)}]
    if line.kind in DAYS:
        name, bound = DAYS[line.kind]
        return [{name: {bound: line.value}}]
    if line.kind is Kind.ATTRIBUTE:
        return [_attribute(line)]
    return [{line.kind.value: line.value}]


def _attribute(line: Line) -> Node:
    values = parse_values(line.value)
    if len(values) == 1:
        return {"attribute": line.name, "equals": values[0]}
    return {"attribute": line.name, "one_of": values} if values else {"attribute": line.name}


def _lines_of_part(part: Node) -> list[Line] | None:
    join = Join.AND
    negated = part.get("not")
    if isinstance(negated, Mapping) and len(part) == 1:
        join, part = Join.NOT, cast("Node", negated)
    alternatives = _several(part, "any_of")
    lines: list[Line] = []
    for leaf in (part,) if alternatives is None else alternatives:
        line = _line(leaf)
        if line is None:
            return None
        if lines and line.kind in TEXTS and lines[-1].kind is line.kind:
            lines[-1] = replace(lines[-1], value=f"{lines[-1].value}, {line.value}")
        else:
            lines.append(replace(line, join=Join.OR if lines else join))
    return lines


def _line(leaf: Node) -> Line | None:
    if "attribute" in leaf:
        return _line_of_attribute(leaf)
    if len(leaf) != 1:
        return None
    ((name, value),) = leaf.items()
    if isinstance(value, Mapping):
        return _line_of_days(name, cast("Node", value))
    kind = _PLAIN_KINDS.get(name)
    if kind is None:
        return None
    if isinstance(value, list) and kind in LISTS and all(isinstance(one, str) for one in value):
        return Line(kind=kind, value=format_texts(value))
    if isinstance(value, str) and kind not in LISTS:
        return Line(kind=kind, value=format_texts([value]) if kind in TEXTS and value else value)
    return None


def _line_of_days(name: str, bounds: Node) -> Line | None:
    if len(bounds) != 1:
        return None
    ((bound, day),) = bounds.items()
    kind = _KINDS_OF_DAYS.get((name, bound))
    return Line(kind=kind, value=day) if kind and isinstance(day, str) else None


def _line_of_attribute(leaf: Node) -> Line | None:
    name = leaf["attribute"]
    values = leaf.get("one_of", [leaf["equals"]] if "equals" in leaf else [])
    if not isinstance(name, str) or not isinstance(values, list):
        return None
    if not all(isinstance(value, str | int | float) for value in values):
        return None
    return Line(kind=Kind.ATTRIBUTE, name=name, value=format_values(cast("list[AttributeValue]", values)))


def _several(node: Node, name: str) -> Sequence[Node] | None:
    """Return the parts below `name` where the node is that and nothing else."""
    parts = node.get(name)
    if len(node) != 1 or not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        return None
    return cast("Sequence[Node]", parts)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
