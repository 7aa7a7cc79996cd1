"""Forms that browsers send: read within a limit."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import ClientDisconnect, Request

MAX_BYTES = 1024 * 1024
_MAX_FIELDS = 2000
_TYPE = "application/x-www-form-urlencoded"
_ONCE = re.compile(r"[0-9A-Za-z_-]{1,64}")
Form = ImmutableMultiDict[str, str]


class BadForm(Exception):
    """The body is no form, or too large. The text says what is wrong."""


async def read_form(request: Request) -> Form:
    """Return the fields of a form. Raises BadForm, ClientDisconnect."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise BadForm("the body is no form")
    body = bytearray()
    async for chunk in read_chunks(request):
        body += chunk
        if len(body) > MAX_BYTES:
            raise BadForm(f"a form may have {MAX_BYTES} bytes")
    try:
        return ImmutableMultiDict(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
        )
    except ValueError as error:
        raise BadForm(f"a form has UTF-8 and at most {_MAX_FIELDS} fields") from error


def new_once() -> str:
    """Return what makes a form one that counts once, however often it is sent."""
    return secrets.token_hex(12)


def read_once(fields: Mapping[str, str], name: str) -> str:
    """Return what `new_once` gave to a form; a new one where the field has another text."""
    text = fields.get(name, "")
    return text if _ONCE.fullmatch(text) else new_once()


async def read_chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield a body as it comes. Raises ClientDisconnect."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if chunk := message.get("body", b""):
            yield chunk
        more = message.get("more_body", False)
