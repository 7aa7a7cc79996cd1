"""Checks that several vendors' options share. Pure."""

from collections.abc import Iterable

from pushgate.adapters.contract import Push
from pushgate.errors import Unsendable


def only_one(**given: object) -> None:
    """Raise ValueError where more than one of these options is set: the vendor has one place for all of them."""
    if sum(value is not None for value in given.values()) > 1:
        raise ValueError(f"only one of {', '.join(given)} can be set: the vendor has one place for them")


def none_without_effect(push: Push, vendor: str, names: Iterable[str], kind: str) -> None:
    """Raise Unsendable where the message sets one of these options, which a push of this kind does not carry."""
    written = push.options.vendors.get(vendor, {})
    for name in names:
        if written.get(name) is not None:
            raise Unsendable(
                "bad_option", f"options.{vendor}.{name}", f"has no effect in {kind}; leave it out"
            )
