"""Pushes sent together, each to its own token, and the requests that a simulated vendor got."""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push, Rendering, Verdict
from pushgate.adapters.preparation import prepare
from pushgate.domain.errors import VendorError
from pushgate.domain.message import Content, Options, Priority
from pushgate.domain.outcome import Outcome

NOW = datetime.now(UTC)


def numbered_push(number: int) -> Push:
    """A push with a content, an expiry, a priority and a name of its own."""
    ttl = timedelta(minutes=10 + number % 3)
    return Push(
        message_id=f"0194f0c1a2b3c4d5e6f70819{number:04d}",
        content=Content(
            f"Order {number}", "It is on its way" + "!" * (number % 5), None, {"order": str(number)}
        ),
        options=Options(
            ttl=ttl,
            priority=Priority.HIGH if number % 2 else Priority.NORMAL,
            collapse_key=f"order-{number}" if number % 3 else None,
        ),
        expires_at=NOW + ttl + timedelta(seconds=number),
        callback=f"shop.m{number}.mac",
    )


@dataclass
class Results:
    """What became of the sends, by index, and the errors of calls."""

    verdicts: dict[int, Verdict]
    errors: list[VendorError]

    @property
    def outcomes(self) -> list[Outcome | None]:
        """The outcome of each send, None without a verdict."""
        count = max(self.verdicts, default=-1) + 1
        return [self.verdicts[index].outcome if index in self.verdicts else None for index in range(count)]


async def sent_each(
    sends: Sequence[tuple[Rendering, bytes]], may_continue: Callable[[], bool] = lambda: True
) -> Results:
    """Send each rendering to its token: one call for each key."""
    results = Results({}, [])
    by_key: dict[Hashable, list[int]] = {}
    for index, (rendering, _) in enumerate(sends):
        by_key.setdefault(rendering.key, []).append(index)
    for indexes in by_key.values():
        own = [sends[index] for index in indexes]
        try:
            async for own_indexes, verdict in own[0][0].send_each(own, may_continue):
                found = [indexes[index] for index in own_indexes]
                assert not results.verdicts.keys() & set(found), "a send has two verdicts"
                results.verdicts.update(dict.fromkeys(found, verdict))
        except VendorError as error:
            results.errors.append(error)
    return results


def renderings(adapter: Adapter, tokens: Sequence[str], step: int = 1) -> list[tuple[Rendering, bytes]]:
    """A push of its own for each token; by steps of two, all have one priority."""
    return [
        (prepare(adapter, numbered_push(step * number), NOW).rendering_for(text.encode()), text.encode())
        for number, text in enumerate(tokens)
    ]


def requests_by_token(sandbox: Sandbox, vendor: str) -> dict[str, object]:
    """Path, headers and body of each push request, by token. OPPO's notifications stand alone."""
    found: dict[str, object] = {}
    for logged in sandbox.received(vendor=vendor):
        headers = logged["headers"]
        assert isinstance(headers, dict)
        for text in logged["tokens"]:  # type: ignore[attr-defined]  # JSON
            body, length = logged["body"], headers.get("content-length")
            if vendor == "oppo":
                (notification,) = _notifications_to(text, str(body))
                body, length = notification, None
            assert text not in found, "a token has two requests"
            found[text] = (logged["path"], {**headers, "content-length": length}, body)
    return found


def _notifications_to(text: str, form: str) -> list[Mapping[str, object]]:
    messages = json.loads(parse_qs(form)["messages"][0])
    return [message for message in messages if message["target_value"] == text]


async def require_equal_requests(
    sandbox: Sandbox, vendor: str, adapter: Adapter, pushes: Sequence[Push], tokens: Sequence[str]
) -> None:
    """Send each push to its token alone, then all of them together: the requests are equal."""
    sandbox.reset()
    prepared = [prepare(adapter, push, NOW) for push in pushes]
    raw = [text.encode() for text in tokens]
    for each, text in zip(prepared, raw, strict=True):
        async for _, verdict in each.send([text], lambda: True):
            assert verdict.outcome is Outcome.ACCEPTED
    alone = requests_by_token(sandbox, vendor)
    sandbox.reset()
    results = await sent_each(
        [(each.rendering_for(text), text) for each, text in zip(prepared, raw, strict=True)]
    )
    assert results.errors == []
    assert results.outcomes == [Outcome.ACCEPTED] * len(pushes)
    together = requests_by_token(sandbox, vendor)
    assert len(together) == len(pushes)
    assert together == alone
