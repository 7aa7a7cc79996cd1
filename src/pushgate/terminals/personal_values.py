"""The values of a personal content, by column, for terminals as the registry has them. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from pushgate.content.personal.syntax import Source, ValueName
from pushgate.domain.attributes import value_text
from pushgate.domain.message import Personal
from pushgate.domain.terminal import AttributeValue
from pushgate.terminals.addressed import Addressed, Wanted

Columns = dict[ValueName, Sequence[str | None]]
"""Stored texts by name, in the order of the terminals; None where there is none."""


def wanted_for(names: Iterable[ValueName]) -> Wanted:
    """What is to be read of terminals for these names."""
    own, of_users, users_of_all = dict[str, None](), dict[str, None](), False
    for source, name in names:
        if source is Source.ATTRIBUTE:
            own[name] = None
        if source is not Source.VALUES:
            of_users[name] = None
        users_of_all = users_of_all or source is Source.USER
    return Wanted(tuple(own), tuple(of_users), users_of_all=users_of_all)


class ValueColumns:
    """Finds the values that a content names: of terminals, of their users, of the message."""

    def __init__(self, names: Sequence[ValueName], personal: Personal, wanted: Wanted | None = None) -> None:
        """`wanted` is what was, or will be, read of terminals: for these names and maybe others."""
        self._names = tuple(names)
        self.wanted = wanted or wanted_for(names)
        of_message = [one.name for one in names if one.source is Source.VALUES]
        self._for_all = {name: _text_of(personal.values, name) for name in of_message}
        self._by_user = {
            name: {
                user: value_text(values[name])
                for user, values in personal.user_values.items()
                if name in values
            }
            for name in of_message
        }

    def of(self, found: Addressed) -> Columns:
        """The values for these terminals, which were read with `wanted`."""
        return {name: self._column(name, found) for name in self._names}

    def _column(self, name: ValueName, found: Addressed) -> Sequence[str | None]:
        if name.source is Source.VALUES:
            for_all, by_user = self._for_all[name.name], self._by_user[name.name]
            if not by_user:
                return [for_all] * len(found.tokens)
            return [by_user.get(user, for_all) if user else for_all for user in found.users]
        place = self.wanted.user_places[name.name]
        if name.source is Source.USER:
            return [values[place] for values in found.of_users]
        own_place = self.wanted.own_places[name.name]
        own = [values[own_place] for values in found.own]
        if None not in own:
            return own
        return [
            values[place] if value is None else value
            for value, values in zip(own, found.of_users, strict=True)
        ]


def _text_of(values: Mapping[str, AttributeValue], name: str) -> str | None:
    return value_text(values[name]) if name in values else None
