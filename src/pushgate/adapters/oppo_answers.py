"""What OPPO answers and reports (VENDORS 8.3, 8.5): its tables of codes, and how they are read. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from pushgate.adapters.contract import Call, Event, Notice, Rule, Told, Verdict
from pushgate.adapters.receipts import events, instant, read
from pushgate.adapters.rules import (
    SHANGHAI,
    accepted,
    decoded,
    is_null,
    judge,
    known_code,
    of_list,
    succeeded,
    unanswered,
    unlisted,
    until_midnight_in_shanghai,
)
from pushgate.http2.exchange import Answer
from pushgate.model import Outcome, RefusalScope

FLOW_PAUSE = 2.0  # VENDORS 12.3
ITEM_PAUSE = 60.0  # for single notifications, of what another one of the same call was taken without


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY


def _rows(codes: str, says: Outcome | Call, meaning: str) -> dict[str, Rule]:
    return dict.fromkeys(codes.split(), Rule(says, meaning))


CODES: Mapping[str, Rule] = {  # VENDORS 8.3
    "0": Rule(Outcome.ACCEPTED, "accepted"),
    "10000": Rule(_INVALID, "the registration id is not valid"),
    # VENDORS 8.3 leaves open whether the terminal is lost or muted: it is kept.
    "10001": Rule(_REJECTED, "the terminal has no subscription (to a push with a picture)", muted=True),
    "10004": Rule(Outcome.ACCEPTED, "the terminal was named before (in a push with a picture)"),
    "32": Rule(Outcome.ACCEPTED, "it was sent to this terminal before"),
    **_rows("40 41", _REJECTED, "an argument is missing or not valid"),
    **_rows(
        "12 20 21 22 23 24 25 31 34 51 59 67",
        _REJECTED,
        "the request is not valid: method, encoding, picture, category",
    ),
    "-1": Rule(Call.UNAVAILABLE, "the service is unavailable"),
    **_rows("-2 55", Call.THROTTLED, "too many requests"),
    "13": Rule(Call.DAY_QUOTA, "the day's quota of calls is used up"),
    "33": Rule(Call.DAY_QUOTA, "the day's quota of messages is used up", scope=RefusalScope.CLASS),
    **_rows("11 29", Call.AUTH, "the access token is not valid"),
    **_rows("14 15 16 17", Call.REFUSED, "the app key or its signature is wrong"),
    **_rows("18 19", Call.AUTH, "the time of the login is not valid: is the clock right?"),
    **_rows("26 27 28", Call.REFUSED, "the app may not do this: address, permission or state"),
    "30": Rule(Call.REFUSED, "the app may not use this call", scope=RefusalScope.CALL),
    "54": Rule(Call.REFUSED, "the private template is missing", scope=RefusalScope.CLASS),
}
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is Call.AUTH)
RECEIPTS: Mapping[str, Told] = {  # VENDORS 8.5
    "push_arrive": Told(Event.DELIVERED, "arrived"),
    "regid_invalid": Told(Event.INVALID, "uninstalled, or offline for 30 days"),
    "user_daily_limit": Told(None, "the terminal had its share for the day"),
}
EVENTS = events(RECEIPTS)


class _Receipt(msgspec.Struct, rename="camel"):
    registration_ids: str = ""
    param: str = ""
    event_type: str = ""
    event_time: str | int = ""


class OppoInbox:
    """OPPO's callbacks (VENDORS 8.5). Nothing signs them but the address."""

    answer = b"{}"

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """There is nothing to check."""
        return None

    def read(self, body: bytes) -> Sequence[Notice]:
        """The events. Raises ValueError."""
        found: list[Notice] = []
        for raw in read(body, list[msgspec.Raw]):
            try:
                receipt = read(raw, _Receipt)
            except ValueError:
                continue  # one that cannot be read must not hide the others
            event = EVENTS.get(receipt.event_type)
            if event and receipt.param:
                tokens = filter(None, (token.strip() for token in receipt.registration_ids.split(",")))
                at = _when(receipt.event_time)
                found += [Notice(event, receipt.param, token, at) for token in tokens]
        return found


def _when(told: str | int) -> datetime | None:
    """VENDORS 8.5 leaves the form open: milliseconds, or a time of day in China."""
    text = str(told).strip()
    if text.isdecimal() and len(text) <= 18:
        return instant(int(text))
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class _Item(msgspec.Struct, rename="camel"):
    registration_id: str = ""
    error_code: str | int | None = None


class _Reply(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Saved(msgspec.Struct):
    message_id: str = ""


def parse(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What OPPO said of these tokens (VENDORS 8.3), one verdict each. Raises VendorError about the whole call."""
    code = _code(answer)
    if code == "0":
        return _by_item(answer, tokens, now)
    return of_list(_of_call(answer, code, now, len(tokens)), len(tokens))


def parse_broadcast(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """The same, of content that was saved before."""
    code = _code(answer)
    if code == "0":
        return _by_code(answer, tokens, now)
    return of_list(_of_call(answer, code, now, len(tokens)), len(tokens))


def read_saved(answer: Answer, now: datetime) -> str | Verdict:
    """The id of content that was saved, '' where there is none, or why it is taken for nobody. Raises VendorError."""
    code = _code(answer)
    if code != "0":
        return _of_call(answer, code, now, 1)
    return (decoded(_reply(answer).data, _Saved) or _Saved()).message_id


def _of_call(answer: Answer, code: str, now: datetime, count: int) -> Verdict:
    rule = CODES.get(code)
    if code == "41" and count == 1 and "registration_id" in (_reply(answer).message or ""):
        rule = Rule(_INVALID, "the registration id is not valid, as some clients saw it")
    elif rule is None or (rule.says is Outcome.ACCEPTED and count > 1):
        # Of one terminal a duplicate means that it has it; of many, nobody knows which.
        rule = Rule(_unlisted(answer, code), "an answer that is not in OPPO's documents")
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is Call.THROTTLED else None)
    return judge(rule, code, now, pause)


def _unlisted(answer: Answer, code: str) -> Outcome | Call:
    if answer.status in (401, 403, 404):
        return Call.REFUSED
    return _REJECTED if succeeded(answer.status) and not code.startswith("http") else unlisted(answer.status)


def _by_item(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    items = _items(answer)
    if items is None:
        return [unanswered("the list of outcomes is unreadable")] * len(tokens)
    good = accepted()
    codes = {
        item.registration_id: str(item.error_code)
        for item in items
        if item.error_code not in (None, 0, "", "0")
    }
    verdicts = {token: _of_item(known_code(code), now) for token, code in codes.items()}
    return [verdicts.get(token.decode(), good) for token in tokens]


def _items(answer: Answer) -> list[_Item] | None:
    """The outcomes by notification, None where they cannot be read."""
    data = _reply(answer).data
    return [] if is_null(data) else decoded(data, list[_Item])


def _by_code(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Those that were not taken are listed, by code."""
    told = _reply(answer).data
    data = {} if is_null(told) else decoded(told, dict[str, object])
    if data is None:
        return [unanswered("the lists of outcomes are unreadable")] * len(tokens)
    good = accepted()
    verdicts = {
        token: _of_item(known_code(code), now)
        for code, listed in data.items()
        if code.isdecimal() and isinstance(listed, list)
        for token in listed
        if isinstance(token, str)
    }
    return [verdicts.get(token.decode(), good) for token in tokens]


def _of_item(code: str, now: datetime) -> Verdict:
    rule = CODES.get(code, Rule(_REJECTED, "a code that is not in OPPO's documents"))
    if isinstance(rule.says, Outcome):
        return Verdict(rule.says, code, rule.meaning, muted=rule.muted)
    # What would be said of a call is here said of one notification among others that were taken.
    pause = until_midnight_in_shanghai(now) if rule.says is Call.DAY_QUOTA else ITEM_PAUSE
    return Verdict(_RETRY, code, rule.meaning, pause)


def refuses(answer: Answer) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Answer) -> str:
    """What is said of the whole call; that includes what is said of every notification in it alike."""
    told = _reply(answer).code
    if told is None or not succeeded(answer.status):
        return f"http_{answer.status}"
    if str(told) == "0" and (items := _items(answer)):
        codes = {str(item.error_code) for item in items}
        (code,) = codes if len(codes) == 1 else ("0",)
        if (rule := CODES.get(code)) and isinstance(rule.says, Call):
            return code
    return known_code(str(told))


def _reply(answer: Answer) -> _Reply:
    return decoded(answer.body, _Reply) or _Reply()
