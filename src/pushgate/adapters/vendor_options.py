"""`options.<vendor>`: the base of every vendor's model, and how it is parsed. Pure."""

from functools import lru_cache
from typing import TypeVar, cast

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from pushgate.adapters.contract import Push
from pushgate.adapters.message_classes import NO_CLASSES, MessageClasses, names_class
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode
from pushgate.runtime.validation_text import explain

_MAX_CACHED = 256
_MAX_SHORT = 512  # bytes of JSON


class VendorOptions(BaseModel):
    """A vendor's own options. An object is frozen, because several pushes may share it.

    They are strict, so that a misspelt one is reported before anything is sent.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Kind = TypeVar("Kind", bound=VendorOptions)


def _validate(kind: type[Kind], json: bytes) -> Kind:
    """Return the options, the same object for the same text if that is short: most pushes of an app
    have the same few.
    """
    return cast("Kind", _short(kind, json)) if len(json) <= _MAX_SHORT else kind.model_validate_json(json)


@lru_cache(_MAX_CACHED)
def _short(kind: type[VendorOptions], json: bytes) -> VendorOptions:
    return kind.model_validate_json(json)


def parse_options(push: Push, vendor: str, kind: type[Kind], classes: MessageClasses = NO_CLASSES) -> Kind:
    """Return the message's options for this vendor; its category adds the class of message.

    Raises PayloadRejected that names the first bad one.
    """
    written = push.options.vendors.get(vendor, {})
    if push.options.category and not names_class(written, classes):
        written = {**written, **classes.get(push.options.category, {})}
    try:
        # As JSON, which is what the caller wrote: a list is then valid for a tuple.
        return _validate(kind, orjson.dumps(dict(written)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(["options", vendor, *map(str, first["loc"])])
        reason = explain(first["type"], first["msg"], first.get("ctx", {}))
        raise PayloadRejected(FailureCode.BAD_OPTION, field, reason) from error
