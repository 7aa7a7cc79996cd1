"""A body that its schema refuses: faults that no schema sees, in what can be read of the body all the same. Pure.

The caller so learns of all faults at once. Each function takes the body's JSON, of which any part may be wrong.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from pushgate.adapters.registry import vendors
from pushgate.api.field_errors import MAX_FIELD_ERRORS
from pushgate.api.mapping import (
    check_push_time,
    choose_default,
    to_audience,
    to_content,
    to_options,
    to_token,
    to_vendor_options,
)
from pushgate.api.request_schemas import AudienceBody, ContentBody, OptionsBody
from pushgate.api.times import parse_instant
from pushgate.content.language import normalize
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import UNDETERMINED

Written = Mapping[str, object]
Model = TypeVar("Model", bound=BaseModel)
_UNREAD = ContentBody.model_construct(title="", body="", image=None, url=None, data={})


def of_message(now: datetime, max_audience: int) -> Callable[[Written], list[FieldError]]:
    """Look at a message, or a change of one: languages, push time, audience and options."""

    def look(written: Written) -> list[FieldError]:
        found: list[FieldError] = []
        _look_at_content(written, found)
        with suppress(ValueError):
            check_push_time(parse_instant(written.get("push_time")), now, found, [])
        if "audience" in written:
            _look_at_audience(_object(written, "audience"), max_audience, found)
        _look_at_options(_object(written, "options"), found)
        return found

    return look


def _look_at_content(written: Written, found: list[FieldError]) -> None:
    items = {
        language: _read(ContentBody, item) or _UNREAD
        for language, item in _object(written, "content").items()
    }
    content = to_content(items, found, [])
    default = written.get("default_language")
    with suppress(ValueError):
        if content and isinstance(default, str):
            choose_default(normalize(default), content, "", found)


def _look_at_audience(written: Written, most: int, found: list[FieldError]) -> None:
    if audience := _read(AudienceBody, written):
        to_audience(audience, UNDETERMINED, most, found)
    elif isinstance(tokens := written.get("tokens"), list):
        for index, item in enumerate(tokens):
            if isinstance(item, dict):
                found += of_terminal(item, f"audience.tokens.{index}.")
            if len(found) > MAX_FIELD_ERRORS:
                return


def _look_at_options(written: Written, found: list[FieldError]) -> None:
    if options := _read(OptionsBody, written):
        to_options(options, found)
    else:
        own = {name: value for name, value in written.items() if name not in OptionsBody.model_fields}
        to_vendor_options(own, found)


def of_terminal(written: Written, prefix: str = "") -> list[FieldError]:
    """Look at a terminal: its vendor and its push token."""
    found: list[FieldError] = []
    vendor, token = written.get("vendor"), written.get("token")
    if isinstance(vendor, str) and (isinstance(token, str) or vendor not in vendors()):
        to_token(vendor, str(token), prefix, found)
    return found


def _read(model: type[Model], written: object) -> Model | None:
    with suppress(ValidationError, orjson.JSONEncodeError):
        return model.model_validate_json(orjson.dumps(written))
    return None


def _object(written: Written, name: str) -> Written:
    found = written.get(name)
    return found if isinstance(found, dict) else {}
