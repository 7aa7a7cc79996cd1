"""A vendor's own classes of messages, chosen by the message's `options.category`. Pure.

Sources: docs/reference/vendors/index.md#categories
"""

from collections.abc import Mapping

from pushgate.domain.message import Category, Options

MessageClasses = Mapping[Category, Mapping[str, object]]
"""By category, the vendor's own options that name the class of a message."""
NO_CLASSES: MessageClasses = {}
MARKETING_CATEGORIES = frozenset([Category.NEWS, Category.MARKETING])
"""The categories that vendors count as marketing."""


def names_class(options: Mapping[str, object], classes: MessageClasses) -> bool:
    """Whether the vendor's own options name a class of message.

    The category then sets none of them.
    """
    if not options:
        return False
    return any(options.get(name) is not None for by_class in classes.values() for name in by_class)


def class_option(options: Options, vendor: str, classes: MessageClasses, name: str) -> object:
    """Return the value of the vendor's option that names the message's class, from the vendor's own
    options or else the category; None where neither names one.
    """
    own = options.vendors.get(vendor, {})
    if options.category and not names_class(own, classes):
        own = classes.get(options.category, {})
    return own.get(name)
