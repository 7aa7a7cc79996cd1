"""Recalls of Huawei Push Kit, on Android and on HarmonyOS, by the number of the notification.

On Android the call is documented, but its effect on phones is not confirmed:
docs/reference/vendors/huawei.md#recall, docs/reference/vendors/harmony.md#recall
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.many_tokens import BatchSender, ParseBatch
from pushgate.adapters.push_kit_codes import PARTIAL, message_of, response_code
from pushgate.adapters.response_codes import REJECTED, accepted, is_success, unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.vendor_json import decode_json, quoted_list
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.results import Response

MAX_TOKENS = 1000
ALERT = b"0"
"""The push type of notifications that are shown."""


class _Refused(msgspec.Struct):
    failure: int = 0
    illegal_tokens: list[str] | None = None
    by_reason: dict[str, list[str]] | None = msgspec.field(name="illegalTokens", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRequest:
    """The notifications to take back, and the app that sent them."""

    client_id: str
    notification_id: int
    push_type: bytes = ALERT


def recall_sender(session: Session, request: RecallRequest, parse: ParseBatch) -> BatchSender:
    """Return a sender that takes the notifications back, 1,000 terminals per request.

    `parse` is the vendor's own parser, for responses that are no partial success.
    """
    # The call is v1 and uses the client id, for notifications that were sent by v3 too.
    path = session.base_path + f"/v1/{request.client_id}/messages:revoke".encode()
    headers = ((b"content-type", b"application/json; charset=UTF-8"), (b"push-type", request.push_type))
    before = b'{"notifyId":%d,"token":[' % request.notification_id
    template = BurstTemplate(
        path=path, headers=headers, body_prefix=before, body_suffix=b"]}", full_response=True
    )

    def judge(response: Response, tokens: Sequence[bytes], now: datetime) -> Sequence[Verdict]:
        partial = _partial(response)
        return parse(response, tokens, now) if partial is None else _verdicts(partial, tokens)

    return BatchSender(
        session,
        RequestTemplate.with_bearer(template),
        max_tokens=MAX_TOKENS,
        encode=quoted_list,
        parse=judge,
        scopes={RefusalScope.CALL: "recall"},
    )


def _verdicts(partial: _Refused, tokens: Sequence[bytes]) -> list[Verdict]:
    refused = frozenset(partial.illegal_tokens or ()).union(*(partial.by_reason or {}).values())
    if partial.failure > len(refused):
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    rejected, recalled = Verdict(REJECTED, PARTIAL, "the token is not valid"), accepted()
    return [rejected if token.decode() in refused else recalled for token in tokens]


def _partial(response: Response) -> _Refused | None:
    """Return the tokens that a partial success leaves out: a list in v1, by reason in v3.

    None for other responses.
    """
    if not is_success(response.status) or response_code(response) != PARTIAL:
        return None
    partial = decode_json(message_of(response), _Refused)
    listed = partial and (partial.illegal_tokens is not None or partial.by_reason is not None)
    return partial if listed else None
