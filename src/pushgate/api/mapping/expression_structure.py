"""The structure of an audience expression as it is written: one kind a node, and bounds of depth
and size. Pure.

Looks at the JSON before its schema does, so that nothing large is validated.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pushgate.api.field_errors import MAX_FIELD_ERRORS, MAX_PATH
from pushgate.api.schemas.audience import AudienceNode
from pushgate.audiences.limits import MAX_DEPTH, MAX_IDS, MAX_NODES, MAX_SAVED_NAMES
from pushgate.domain.errors import FieldError

_COMPANIONS = ("equals", "one_of")
NODE_KINDS = tuple(
    field.alias or name for name, field in AudienceNode.model_fields.items() if name not in _COMPANIONS
)
"""The names of all nodes, as they are written."""
TOKENS = "tokens"
_ONE_OF = f"name one of {', '.join(NODE_KINDS)}"


class Structure(NamedTuple):
    """Errors of an expression's structure, and whether it is too large to be looked at further."""

    errors: list[FieldError]
    is_too_large: bool


class _TooLarge(Exception):
    """The expression exceeds a limit; its error is among the errors."""


def check_structure(written: Mapping[str, object], field: str) -> Structure:
    """Check an expression, which stands in the request as `field`."""
    check = _Check(field)
    try:
        check.node(written, field, 1)
    except _TooLarge:
        return Structure(check.errors, is_too_large=True)
    return Structure(check.errors, is_too_large=False)


class _Check:
    def __init__(self, root: str) -> None:
        self.errors: list[FieldError] = []
        self._root = root
        self._nodes = 0
        self._ids = 0
        self._saved = 0

    def node(self, written: object, field: str, depth: int) -> None:
        """Check a node and the nodes below it. Raises _TooLarge."""
        self._nodes += 1
        if depth > MAX_DEPTH:
            self._refuse(field, f"is nested too deeply: at most {MAX_DEPTH} nodes may be within each other")
        if self._nodes > MAX_NODES:
            self._refuse(self._root, f"has more than {MAX_NODES} nodes; save parts of it as audiences")
        if not isinstance(written, Mapping):
            self._add(field, f'must be an object, such as {{"tag": "vip"}}: {_ONE_OF}')
            return
        given = {name: value for name, value in written.items() if value is not None}
        self._check_names(given, field)
        self._count(given)
        self._parts(given, field, depth + 1)

    def _check_names(self, given: Mapping[str, object], field: str) -> None:
        kinds = [name for name in given if name in NODE_KINDS]
        unknown = [name for name in given if name not in NODE_KINDS and name not in _COMPANIONS]
        if TOKENS in unknown:
            unknown.remove(TOKENS)
            if field == self._root and (kinds or unknown):
                kinds.append(TOKENS)
            else:
                text = "are taken only alone, as the audience of a message; register these terminals"
                self._add(f"{field}.{TOKENS}", text)
                return
        for name in unknown:
            self._add(f"{field}.{name}", "is not a known field; leave it out")
        if len(kinds) > 1 or not (kinds or unknown):
            self._add(field, f"{_ONE_OF}; it has {' and '.join(kinds) or 'none of them'}")
        self._check_companions(given, field)

    def _check_companions(self, given: Mapping[str, object], field: str) -> None:
        companions = [name for name in _COMPANIONS if name in given]
        if "attribute" in given:
            if len(companions) != 1:
                found = " and ".join(companions) or "none of them"
                self._add(f"{field}.attribute", f"needs equals or one_of beside it; it has {found}")
        else:
            for name in companions:
                self._add(f"{field}.{name}", "belongs to attribute; name the attribute beside it")

    def _count(self, given: Mapping[str, object]) -> None:
        for name in ("terminals", "users"):
            ids = given.get(name)
            self._ids += len(ids) if isinstance(ids, list) else 0
        if self._ids > MAX_IDS:
            text = f"lists more than {MAX_IDS:,} ids; give the terminals a tag, or send several messages"
            self._refuse(self._root, text)
        self._saved += "saved" in given
        if self._saved > MAX_SAVED_NAMES:
            self._refuse(self._root, f"names more than {MAX_SAVED_NAMES} saved audiences")

    def _parts(self, given: Mapping[str, object], field: str, depth: int) -> None:
        for name in ("all_of", "any_of"):
            parts = given.get(name)
            for index, part in enumerate(parts if isinstance(parts, list) else ()):
                self.node(part, f"{field}.{name}[{index}]", depth)
        for name in ("not", "one_per_user"):
            if name in given:
                self.node(given[name], f"{field}.{name}", depth)
        sample = given.get("sample")
        if isinstance(sample, Mapping) and sample.get("of") is not None:
            self.node(sample["of"], f"{field}.sample.of", depth)

    def _add(self, field: str, text: str) -> None:
        self.errors.append(FieldError(field[:MAX_PATH], text))
        if len(self.errors) >= MAX_FIELD_ERRORS:
            raise _TooLarge

    def _refuse(self, field: str, text: str) -> None:
        self._add(field, text)
        raise _TooLarge
