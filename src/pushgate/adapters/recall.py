"""How Huawei takes notifications back (docs/reference/vendors/huawei.md#recall,
docs/reference/vendors/harmony.md#recall): by the number they were shown under, 1,000 terminals a
request.

The same call serves HMS and HarmonyOS; for HMS on Android it is documented, but what phones do is not confirmed.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from pushgate.adapters.contract import CallFailure, ResponseCode, Verdict
from pushgate.adapters.rules import accepted, decoded, quoted, succeeded, unanswered
from pushgate.adapters.sending import BatchSender
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.exchange import BurstTemplate, Response

MAX_TOKENS = 1000
ALERT = b"0"
_PARTIAL = "80100000"
CODES: Mapping[str, ResponseCode] = {
    "80100020": ResponseCode(Outcome.REJECTED, "a parameter of the recall is not valid"),
    "80300017": ResponseCode(Outcome.REJECTED, "tokens of several apps in one recall"),
    "80300028": ResponseCode(Outcome.REJECTED, "the tokens are another app's"),
    "80300032": ResponseCode(
        CallFailure.REFUSED, "the app may not take pushes back", scope=RefusalScope.CALL
    ),
    "80000001": ResponseCode(CallFailure.UNAVAILABLE, "Huawei has an internal error"),
}


class _Reply(msgspec.Struct):
    code: str = ""
    msg: str = ""


class _Partial(msgspec.Struct):
    failure: int = 0
    illegal_tokens: list[str] | None = None
    by_reason: dict[str, list[str]] | None = msgspec.field(name="illegalTokens", default=None)


def path(client_id: str) -> bytes:
    """It is v1, and by client id, for what was sent by v3 too."""
    return f"/v1/{client_id}/messages:revoke".encode()


def revoke(
    session: Session,
    address: bytes,
    notify_id: int,
    parse: Callable[[Response, Sequence[bytes]], Sequence[Verdict]],
    *,
    kind: bytes = ALERT,
) -> BatchSender:
    """Takes back the notifications of this number; the address is that of `path` with the endpoint's own path before it.

    `kind` is the push type they were sent as; `parse` is the vendor's, for what is no partial success.
    """

    def judge(answer: Response, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        told = _partly(answer)
        if told is None:
            return parse(answer, tokens)
        refused = frozenset(told.illegal_tokens or ()).union(*(told.by_reason or {}).values())
        if told.failure > len(refused):
            return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
        bad, good = Verdict(Outcome.REJECTED, _PARTIAL, "the token is not valid"), accepted()
        return [bad if token.decode() in refused else good for token in tokens]

    def template(token: str) -> BurstTemplate:
        headers = (
            (b"authorization", b"Bearer " + token.encode()),
            (b"content-type", b"application/json; charset=UTF-8"),
            (b"push-type", kind),
        )
        return BurstTemplate(address, headers, b'{"notifyId":%d,"token":[' % notify_id, b"]}", whole=True)

    scopes = {RefusalScope.CALL: "recall"}
    return BatchSender(session, RequestTemplate(template), MAX_TOKENS, quoted, judge, scopes)


def _partly(answer: Response) -> _Partial | None:
    """A partial success with the tokens it leaves out, a list in v1 and by reason in v3; None where it is none, or lists nobody."""
    reply = decoded(answer.body, _Reply) if succeeded(answer.status) else None
    told = decoded(reply.msg, _Partial) if reply and reply.code == _PARTIAL else None
    return None if told is None or (told.illegal_tokens is None and told.by_reason is None) else told
