"""Meizu's response codes, and the verdicts that follow from a response. Pure.

Source: docs/reference/vendors/meizu.md#codes
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.expiry import seconds_until_renewal
from pushgate.adapters.response_codes import (
    ACCEPTED,
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    by_token,
    fallback_for_call,
    is_success,
    judge_call,
    known_code,
    rows,
    token_verdict,
    unanswered,
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json, is_null
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

OK, REDIRECT, DAY_LIMIT = "200", "300", "id_110011"
CODES: Mapping[str, ResponseCode] = {
    # `id_...` are the codes of single push ids. The same number may mean something else for the
    # whole call.
    OK: ResponseCode(ACCEPTED, "accepted"),
    REDIRECT: ResponseCode(
        CallFailure.UNAVAILABLE, "Meizu points to another server: the next attempt goes there"
    ),
    **rows("500 1001 1003", CallFailure.UNAVAILABLE, "Meizu has an internal error"),
    **rows("110010", CallFailure.THROTTLED, "too many requests"),
    **rows(
        "110019 110051 110053",
        CallFailure.DAY_QUOTA,
        "the day's quota, or the contract's, is used up",
        RefusalScope.CLASS,
    ),
    **rows("1005 110004 110032", REJECTED, "a parameter is not valid"),
    **rows("110002 110003", INVALID, "the push id is not valid"),
    **rows(
        "1006 110000 110001 110009 110031 110033",
        CallFailure.REFUSED,
        "the app id, its secret or its signature is wrong",
    ),
    **rows("id_110002 id_110003", INVALID, "the push id is not valid, or not subscribed"),
    **rows("id_110005", REJECTED, "the alias is not valid"),
    "id_110010": ResponseCode(REJECTED, "the user has turned notifications off", muted=True),
    DAY_LIMIT: ResponseCode(RETRY, "the terminal has had its share of public messages for today"),
    **rows("id_520", RETRY, "too many messages to this terminal within a minute"),
    **rows("id_501 id_513 id_519", RETRY, "Meizu could not push to it just now"),
    **rows("id_201", REJECTED, "the app may not push to it"),
}
_UNDOCUMENTED_ID = ResponseCode(REJECTED, "a code that is not in Meizu's documents")


class _ResponseBody(msgspec.Struct):
    code: int | str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")
    redirect: str | None = None


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each push id. Raises VendorError about the whole call."""
    body = _read_body(response)
    has_code = body.code is not None and is_success(response.status)
    code = known_code(str(body.code)) if has_code else f"http_{response.status}"
    if code == OK:
        return _verdicts_by_id(body, tokens, now)
    row = CODES.get(code) or undocumented("Meizu", fallback_for_call(response.status, has_code=has_code))
    return [judge_call(row, code, response, now)] * len(tokens)


def redirect_target(response: Response, endpoint: str) -> str | None:
    """Return where the response sends pushes from now on, None where it does not."""
    body = _read_body(response)
    return own_server(body.redirect or "", endpoint) if str(body.code) == REDIRECT else None


def own_server(url: str, endpoint: str) -> str | None:
    """Return the address if it is on the vendor's own server, by https; else None.

    A server is the vendor's own if it is the endpoint's host or belongs to the same domain.
    """
    own_host = urlsplit(endpoint).hostname or ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    domain = own_host.partition(".")[2]
    is_ip_address = own_host.replace(".", "").isdigit()
    is_own = host == own_host or ("." in domain and not is_ip_address and host.endswith(f".{domain}"))
    is_plain = re.fullmatch(r"[A-Za-z0-9.:-]+", parts.netloc) and re.fullmatch(
        r"[A-Za-z0-9/._-]*", parts.path
    )
    valid = parts.scheme == "https" and is_own and is_plain and url.isprintable()
    return f"https://{parts.netloc}{parts.path}" if valid else None


def _verdicts_by_id(body: _ResponseBody, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return the verdicts of a success, which lists the ids that failed: ids by code or, for some
    clients, codes by id.
    """
    # Where no id failed, the list is absent or an empty text.
    no_failures = is_null(body.value) or decode_json(body.value, str) is not None
    value = {} if no_failures else decode_json(body.value, dict[str, list[str] | str | int])
    if value is None:
        return [unanswered("the list of failed ids is unreadable")] * len(tokens)
    failed: dict[str, str] = {}
    for key, listed in value.items():
        failed.update(dict.fromkeys(listed, key) if isinstance(listed, list) else {key: str(listed)})
    verdicts = {token: _verdict_of_id(code, now) for token, code in failed.items()}
    return by_token(verdicts, tokens, accepted())


def _verdict_of_id(number: str, now: datetime) -> Verdict:
    code = known_code(f"id_{number}")
    pause = seconds_until_renewal(now) if code == DAY_LIMIT else None
    return token_verdict(CODES.get(code, _UNDOCUMENTED_ID), code, pause)


def _read_body(response: Response) -> _ResponseBody:
    return decode_json(response.body, _ResponseBody) or _ResponseBody()
