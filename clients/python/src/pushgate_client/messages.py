"""Messages: send, look at, change, stop.

Made from `async_messages.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, idempotent, path, present
from pushgate_client.transport import Transport


class Messages:
    """The messages of an app."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(
        self,
        content: Mapping[str, types.ContentBody] | None,
        audience: types.AudienceBody,
        *,
        template: types.TemplateReference | None = None,
        variants: Sequence[types.VariantBody] | None = None,
        holdout: float | None = None,
        unit: types.Unit | None = None,
        winner: types.WinnerBody | None = None,
        push_time: datetime | str | types.LocalPushTime | types.BestHourPushTime | None = None,
        default_language: str | None = None,
        options: types.OptionsBody | None = None,
        personal: bool | None = None,
        on_missing: types.OnMissing | None = None,
        fallback: Mapping[str, types.ContentBody] | None = None,
        fallback_template: types.TemplateReference | None = None,
        values: Mapping[str, str | float | bool] | None = None,
        user_values: Mapping[str, Mapping[str, str | float | bool]] | None = None,
        escalate: Sequence[types.StepBody] | None = None,
        idempotency_key: str | None = None,
    ) -> types.MessageWithWarnings:
        """Send a message, at once or at `push_time`: an instant, `{"local": "2031-01-01T20:00"}`
        for each terminal's own local time, or `{"best_hour_within": "24h"}` for the hour in which
        it clicks most. `content` is by language; it is None where `template`
        names a stored one, or `variants` take its place: each terminal gets one of them, and
        `holdout` per cent get none. With `winner` their shares are less than 100, and the rest gets
        the better one.

        With `personal`, placeholders in the content show each terminal's values, and `values` and
        `user_values` (by user) that the message brings. `escalate` has steps for users whom it does
        not reach in time.
        The call is repeated safely: without an `idempotency_key` the client makes one. Raises
        ValueError for an instant without a zone.
        """
        body = present(
            content=content,
            template=template,
            variants=variants,
            holdout=holdout,
            unit=unit,
            winner=winner,
            audience=audience,
            push_time=push_time,
            default_language=default_language,
            options=options,
            personal=personal,
            on_missing=on_missing,
            fallback=fallback,
            fallback_template=fallback_template,
            values=values,
            user_values=user_values,
            escalate=escalate,
        )
        headers = idempotent(idempotency_key)
        call = Call(method="POST", path="/v1/messages", json=body, headers=headers)
        return cast("types.MessageWithWarnings", self._transport.send(call))

    def send_many(
        self, messages: Sequence[types.MessageBody], *, idempotency_key: str | None = None
    ) -> Sequence[types.BatchResult]:
        """Send up to 1,000 messages; returns one result for each, in their order."""
        headers = idempotent(idempotency_key)
        call = Call(
            method="POST", path="/v1/messages:batch", json={"messages": list(messages)}, headers=headers
        )
        return cast("types.BatchResults", self._transport.send(call))["results"]

    def plan(self, message: types.MessageBody, *, by: str | None = None) -> types.MessagePlan:
        """Tell what would come of a message; nothing is stored. `by="timezone"` counts by zone."""
        call = Call(method="POST", path="/v1/messages:plan", json=message, query={"by": by})
        return cast("types.MessagePlan", self._transport.send(call))

    def get(self, message_id: str, *, include: str | None = None) -> types.TrackedMessage:
        """Return a message with its status. `include="audience"` shows lists whole."""
        call = Call(method="GET", path=path("/v1/messages/{}", message_id), query={"include": include})
        return cast("types.TrackedMessage", self._transport.send(call))

    def list(
        self,
        *,
        status: types.Status | None = None,
        words: str | None = None,
        created_after: datetime | str | None = None,
        created_before: datetime | str | None = None,
        page_size: int = 100,
    ) -> Iterator[types.TrackedMessage]:
        """Yield the messages, newest first: those whose titles, bodies or id have all of the words,
        and that were created in this time. Pages are read as they are needed.
        """
        call = Call(
            method="GET",
            path="/v1/messages",
            query={
                "status": status,
                "q": words,
                "created_after": created_after,
                "created_before": created_before,
                "limit": page_size,
            },
        )
        for page in self._transport.pages(call):
            for message in cast("types.MessagePage", page)["messages"]:
                yield message

    def page(
        self,
        *,
        status: types.Status | None = None,
        words: str | None = None,
        created_after: datetime | str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> types.MessagePage:
        """Return one page of the messages that `list` yields, from behind the message `cursor` on.

        A page may be short, or empty, and lead on all the same: `next_cursor` is null at the end.
        """
        query = {
            "status": status,
            "q": words,
            "created_after": created_after,
            "cursor": cursor,
            "limit": limit,
        }
        call = Call(method="GET", path="/v1/messages", query=query)
        return cast("types.MessagePage", self._transport.send(call))

    def change(self, message_id: str, changes: types.ChangeBody) -> types.MessageWithWarnings:
        """Change a message that is still scheduled."""
        call = Call(
            method="PATCH",
            path=path("/v1/messages/{}", message_id),
            json=changes,
            headers=idempotent(),
        )
        return cast("types.MessageWithWarnings", self._transport.send(call))

    def cancel(self, message_id: str) -> types.TrackedMessage:
        """Stop a message before or while it is sent."""
        call = Call(method="POST", path=path("/v1/messages/{}/cancel", message_id), headers=idempotent())
        return cast("types.TrackedMessage", self._transport.send(call))

    def pause(self, message_id: str) -> types.TrackedMessage:
        """Send nothing more of a message until it is resumed."""
        call = Call(method="POST", path=path("/v1/messages/{}:pause", message_id), headers=idempotent())
        return cast("types.TrackedMessage", self._transport.send(call))

    def resume(self, message_id: str) -> types.TrackedMessage:
        """Go on with a paused message."""
        call = Call(method="POST", path=path("/v1/messages/{}:resume", message_id), headers=idempotent())
        return cast("types.TrackedMessage", self._transport.send(call))

    def decide(self, message_id: str, variant: str) -> types.MessageDecision:
        """Give the rest of a message with `winner` this variant, without waiting longer."""
        call = Call(
            method="POST",
            path=path("/v1/messages/{}:decide", message_id),
            json={"variant": variant},
            headers=idempotent(),
        )
        return cast("types.MessageDecision", self._transport.send(call))

    def retry(
        self, message_id: str, body: types.RetryBody | None = None, *, idempotency_key: str | None = None
    ) -> types.Retry:
        """Send a message again to terminals that failed."""
        call = Call(
            method="POST",
            path=path("/v1/messages/{}/retry", message_id),
            json=body or {},
            headers=idempotent(idempotency_key),
        )
        return cast("types.Retry", self._transport.send(call))

    def recall(self, message_id: str) -> types.Recall:
        """Take a message back from the phones of vendors that can."""
        call = Call(method="POST", path=path("/v1/messages/{}/recall", message_id), headers=idempotent())
        return cast("types.Recall", self._transport.send(call))

    def results(self, message_id: str) -> types.Results:
        """Return how many terminals are in each state, by group, with failures and timeline."""
        call = Call(method="GET", path=path("/v1/messages/{}/results", message_id))
        return cast("types.Results", self._transport.send(call))

    def terminals(
        self, message_id: str, *, state: str | None = None, page_size: int = 1000
    ) -> Iterator[types.MessageTerminal]:
        """Yield a message's terminals, all or those in a state, such as `failed`."""
        query = {"state": state, "limit": page_size}
        call = Call(method="GET", path=path("/v1/messages/{}/terminals", message_id), query=query)
        for page in self._transport.pages(call):
            for terminal in cast("types.MessageTerminalPage", page)["terminals"]:
                yield terminal

    def terminal_page(
        self, message_id: str, *, state: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> types.MessageTerminalPage:
        """Return one page of a message's terminals. `next_cursor` is null at the end."""
        query = {"state": state, "cursor": cursor, "limit": limit}
        call = Call(method="GET", path=path("/v1/messages/{}/terminals", message_id), query=query)
        return cast("types.MessageTerminalPage", self._transport.send(call))

    def terminals_csv(self, message_id: str, *, state: str | None = None) -> Iterator[bytes]:
        """Yield a message's terminals as CSV, in pieces of any length.

        Raises ConnectionFailed where the answer is cut: what came is not whole then.
        """
        query = {"state": state, "format": "csv"}
        call = Call(method="GET", path=path("/v1/messages/{}/terminals", message_id), query=query)
        with self._transport.stream(call) as response:
            for piece in response.iter_bytes():
                yield piece

    def explain(self, message_id: str, terminal_id: str) -> types.Explanation:
        """Tell what a message meant for one terminal, and why it got nothing."""
        call = Call(method="GET", path=path("/v1/messages/{}/terminals/{}", message_id, terminal_id))
        return cast("types.Explanation", self._transport.send(call))

    def explain_token(self, message_id: str, vendor: types.Vendor, token: str) -> types.Explanation:
        """Tell what a message meant for the terminal with this push token, registered or not."""
        call = Call(
            method="POST",
            path=path("/v1/messages/{}/terminals:explain", message_id),
            json={"vendor": vendor, "token": token},
        )
        return cast("types.Explanation", self._transport.send(call))
