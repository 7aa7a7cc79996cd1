"""Checks that several vendors' options share. Pure."""

from collections.abc import Iterable, Sequence
from typing import get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from pushgate.adapters.contract import Push
from pushgate.domain.errors import PayloadRejected


class _Exact:
    """For a Literal of numbers or switches: pydantic compares by value, so that it takes `true` and `1.0` for 1."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        allowed = get_args(source)

        def check(written: object) -> object:
            if not any(written == value and type(written) is type(value) for value in allowed):
                raise PydanticKnownError("literal_error", {"expected": _one_of(allowed)})
            return written

        return core_schema.no_info_before_validator_function(check, handler(source))


EXACT = _Exact()


def _one_of(allowed: Iterable[object]) -> str:
    texts = [str(value).lower() for value in allowed]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


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


def require_texts_of_style(
    style: int | None, big_title: str | None, big_body: str | None, inbox_content: Sequence[str] | None
) -> None:
    """Raise ValueError unless Huawei's styles, on Android and on HarmonyOS, and their texts go together."""
    if style == 1 and not (big_title and big_body):
        raise ValueError("style 1 goes with big_title and big_body")
    if style == 3 and not inbox_content:
        raise ValueError("style 3 goes with inbox_content")
    if style != 1 and (big_title is not None or big_body is not None):
        raise ValueError("big_title and big_body go with style 1")
    if style != 3 and inbox_content is not None:
        raise ValueError("inbox_content goes with style 3")


def none_without_effect(push: Push, vendor: str, names: Iterable[str], kind: str) -> None:
    """Raise PayloadRejected where the message sets one of these options, which a push of this kind does not carry.

    False asks for nothing.
    """
    written = push.options.vendors.get(vendor, {})
    for name in names:
        value = written.get(name)
        if value is not None and value is not False:
            raise PayloadRejected(
                "bad_option", f"options.{vendor}.{name}", f"has no effect in {kind}; leave it out"
            )
