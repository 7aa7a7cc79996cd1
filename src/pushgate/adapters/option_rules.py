"""Checks that several vendors' options share. Pure."""

from collections.abc import Iterable

from pushgate.adapters.contract import Push
from pushgate.errors import Unsendable


def only_one(**given: object) -> None:
    """Raise ValueError where more than one of these options is set: the vendor has one place for all of them."""
    if sum(value is not None for value in given.values()) > 1:
        raise ValueError(f"only one of {', '.join(given)} can be set: the vendor has one place for them")


def goes_with(**given: object) -> None:
    """Raise ValueError where the first of two options is set without the second, and so has no effect."""
    (name, value), (needed, other) = given.items()
    if value is not None and other is None:
        raise ValueError(f"{name} goes with {needed}")


def not_beside_default(**given: object) -> None:
    """Raise ValueError where a value is set beside the switch that asks for the device's own."""
    (name, value), (switch, on) = given.items()
    if value is not None and on:
        raise ValueError(f"{name} goes without {switch}: one of the two is used")


def none_without_effect(push: Push, vendor: str, names: Iterable[str], kind: str) -> None:
    """Raise Unsendable where the message sets one of these options, which a push of this kind does not carry.

    False asks for nothing.
    """
    written = push.options.vendors.get(vendor, {})
    for name in names:
        value = written.get(name)
        if value is not None and value is not False:
            raise Unsendable(
                "bad_option", f"options.{vendor}.{name}", f"has no effect in {kind}; leave it out"
            )
