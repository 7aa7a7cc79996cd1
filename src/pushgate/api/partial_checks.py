"""Errors that a schema cannot find, in a body that its schema refuses: so the caller learns of all
errors at once.

Takes the JSON of the body; any part of it may be wrong. Pure.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from pushgate.adapters.registry import vendors
from pushgate.api.field_errors import MAX_FIELD_ERRORS
from pushgate.api.mapping.audience import to_audience
from pushgate.api.mapping.content import choose_default_language, to_content
from pushgate.api.mapping.messages import to_push_time
from pushgate.api.mapping.options import to_options, to_vendor_options
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.mapping.terminals import to_past_instant
from pushgate.api.schemas.audience import AudienceBody
from pushgate.api.schemas.messages import ContentBody, OptionsBody
from pushgate.api.times import parse_instant
from pushgate.content.language import normalize
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import UNDETERMINED

JsonObject = Mapping[str, object]
Model = TypeVar("Model", bound=BaseModel)
_UNREADABLE_CONTENT = ContentBody.model_construct(title="", body="", image=None, url=None, data={})


def message_checks(now: datetime, max_audience: int) -> Callable[[JsonObject], list[FieldError]]:
    """Return checks of a message or a change of one: languages, push time, audience and options."""

    def check(written: JsonObject) -> list[FieldError]:
        errors: list[FieldError] = []
        _check_content(written, errors)
        with suppress(ValueError):
            to_push_time(parse_instant(written.get("push_time")), now, errors, [])
        if "audience" in written:
            _check_audience(_object(written, "audience"), max_audience, errors)
        _check_options(_object(written, "options"), errors)
        return errors

    return check


def content_checks(written: JsonObject) -> list[FieldError]:
    """Check a body that has content by language."""
    errors: list[FieldError] = []
    _check_content(written, errors)
    return errors


def audience_checks(max_audience: int) -> Callable[[JsonObject], list[FieldError]]:
    """Return checks of a body that has an audience."""

    def check(written: JsonObject) -> list[FieldError]:
        errors: list[FieldError] = []
        if "audience" in written:
            _check_audience(_object(written, "audience"), max_audience, errors)
        return errors

    return check


def check_terminal(written: JsonObject, prefix: str = "") -> list[FieldError]:
    """Check a terminal: its vendor and its push token."""
    errors: list[FieldError] = []
    vendor, token = written.get("vendor"), written.get("token")
    if isinstance(vendor, str) and (isinstance(token, str) or vendor not in vendors()):
        to_token(vendor, str(token), prefix, errors)
    return errors


def terminal_checks(now: datetime) -> Callable[[JsonObject], list[FieldError]]:
    """Return checks of a terminal or a change of one: vendor, push token and instants."""

    def check(written: JsonObject) -> list[FieldError]:
        errors = check_terminal(written)
        for field in ("last_seen", "registered_at"):
            with suppress(ValueError):
                to_past_instant(field, parse_instant(written.get(field)), now, errors)
        return errors

    return check


def _check_content(written: JsonObject, errors: list[FieldError]) -> None:
    items = {
        language: _validated(ContentBody, item) or _UNREADABLE_CONTENT
        for language, item in _object(written, "content").items()
    }
    content = to_content(items, errors, [], personal=written.get("personal") is True)
    default = written.get("default_language")
    with suppress(ValueError):
        if content and isinstance(default, str):
            choose_default_language(normalize(default), content, "", errors)


def _check_audience(written: JsonObject, max_items: int, errors: list[FieldError]) -> None:
    if audience := _validated(AudienceBody, written):
        to_audience(audience, UNDETERMINED, max_items, errors)
    elif isinstance(tokens := written.get("tokens"), list):
        for index, item in enumerate(tokens):
            if isinstance(item, dict):
                errors += check_terminal(item, f"audience.tokens.{index}.")
            if len(errors) > MAX_FIELD_ERRORS:
                return


def _check_options(written: JsonObject, errors: list[FieldError]) -> None:
    if options := _validated(OptionsBody, written):
        to_options(options, errors)
    else:
        of_vendors = {name: value for name, value in written.items() if name not in OptionsBody.model_fields}
        to_vendor_options(of_vendors, errors)


def _validated(model: type[Model], written: object) -> Model | None:
    """Return the part of the body as its model, None where its schema refuses it."""
    with suppress(ValidationError, orjson.JSONEncodeError):
        return model.model_validate_json(orjson.dumps(written))
    return None


def _object(written: JsonObject, name: str) -> JsonObject:
    found = written.get(name)
    return found if isinstance(found, dict) else {}
