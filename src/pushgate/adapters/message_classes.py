"""A vendor's own classes of messages, chosen by the message's `options.category`. Pure.

Sources: docs/reference/vendors/index.md#categories
"""

from collections.abc import Mapping

from pushgate.domain.message import Category

MessageClasses = Mapping[Category, Mapping[str, object]]
"""By category, the vendor's own options that name the class of a message."""
NO_CLASSES: MessageClasses = {}


def names_class(options: Mapping[str, object], classes: MessageClasses) -> bool:
    """Whether the vendor's own options name a class of message.

    The category then sets none of them.
    """
    if not options:
        return False
    return any(options.get(name) is not None for by_class in classes.values() for name in by_class)
