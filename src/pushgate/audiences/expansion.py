"""Replaces nodes that name saved audiences by these audiences. Pure."""

from collections.abc import Mapping

from pushgate.domain.audience import Audience, Saved, parts_of, with_parts


class NotExpandable(Exception):
    """An audience names an unknown saved audience, or one that names itself."""


def put_in_place(audience: Audience, known: Mapping[str, Audience]) -> Audience:
    """The audience with the known audiences in the places of the nodes that name them, and so on.

    An audience that is named twice is one object in both places. Raises NotExpandable.
    """
    return _Expansion(known).expand(audience)


class _Expansion:
    def __init__(self, known: Mapping[str, Audience]) -> None:
        self._known = known
        self._expanded: dict[str, Audience] = {}
        self._in_progress: set[str] = set()

    def expand(self, audience: Audience) -> Audience:
        if isinstance(audience, Saved):
            return self._expand_saved(audience.name)
        return with_parts(audience, tuple(map(self.expand, parts_of(audience))))

    def _expand_saved(self, name: str) -> Audience:
        if name not in self._expanded:
            if name not in self._known or name in self._in_progress:
                raise NotExpandable(name)
            self._in_progress.add(name)
            self._expanded[name] = self.expand(self._known[name])
            self._in_progress.remove(name)
        return self._expanded[name]
