"""Rules between the fields of an options model, which several vendors share. Pure."""

from collections.abc import Iterable
from typing import get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema


class _Exact:
    """For a Literal of numbers or switches: accepts values of the same type alone.

    pydantic compares by value, so it would accept `true` and `1.0` for 1.
    """

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        allowed = get_args(source)

        def check(value: object) -> object:
            if not any(value == option and type(value) is type(option) for option in allowed):
                raise PydanticKnownError("literal_error", {"expected": _one_of(allowed)})
            return value

        return core_schema.no_info_before_validator_function(check, handler(source))


EXACT = _Exact()


def _one_of(allowed: Iterable[object]) -> str:
    texts = [str(value).lower() for value in allowed]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def only_one(**given: object) -> None:
    """Raise ValueError if more than one of these options is set: the vendor has one place for all
    of them.
    """
    if sum(value is not None for value in given.values()) > 1:
        raise ValueError(f"only one of {', '.join(given)} can be set: the vendor has one place for them")


def goes_with(**given: object) -> None:
    """Raise ValueError where the first of two options is set without the second."""
    (name, value), (needed, other) = given.items()
    if value is not None and other is None:
        raise ValueError(f"{name} goes with {needed}")


def not_beside_default(**given: object) -> None:
    """Raise ValueError where a value is set beside the switch for the device's default."""
    (name, value), (switch, on) = given.items()
    if value is not None and on:
        raise ValueError(f"{name} goes without {switch}: one of the two is used")
