"""Where the values of placeholders come from. Pure.

Values are texts in the form in which the registry stores attributes (`value_text`).
"""

from collections.abc import Mapping

from pushgate.content.personal.syntax import Source, ValueName
from pushgate.domain.attributes import value_text
from pushgate.domain.message import Personal


def look_up(
    name: ValueName, terminal: Mapping[str, str], user: Mapping[str, str], values: Mapping[str, str]
) -> str | None:
    """Return the value that a name stands for, None where there is none.

    In: the attributes of the terminal and of its user, and what the message brings for the user.
    """
    match name.source:
        case Source.ATTRIBUTE:
            found = terminal.get(name.name)
            return user.get(name.name) if found is None else found
        case Source.USER:
            return user.get(name.name)
        case Source.VALUES:
            return values.get(name.name)


def message_values(personal: Personal, user: str | None) -> dict[str, str]:
    """Return the values that a message brings for the terminals of a user, None for no user."""
    own = personal.user_values.get(user, {}) if user is not None else {}
    return {name: value_text(value) for name, value in {**personal.values, **own}.items()}
