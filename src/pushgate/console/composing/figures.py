"""What the API says of a message that is being written: how many phones it is for, line by line,
and what would come of it.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from pushgate.console.composing.audience_form import AudienceForm, write_audience
from pushgate.console.composing.audience_lines import EVERYBODY, ends_of_groups, to_audience
from pushgate.console.composing.documents import Document, write_document
from pushgate.console.composing.message_form import MessageForm
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import FieldError, InvalidRequest
from pushgate_client.types import (
    AudienceBody,
    AudienceCount,
    GroupCount,
    MessageBody,
    MessagePlan,
    TimezoneCount,
)

_MAX_COUNTED_GROUPS = 20
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The answers of the API, as far as the form allows any.

    `total` is None where the audience is not valid. `left` has how many phones are left after a
    line, by the line's index. `everybody` are all phones of the app. `plan` is None where the
    message would be refused; `errors` says why.
    """

    total: int | None
    groups: Sequence[GroupCount]
    timezones: Sequence[TimezoneCount]
    left: Mapping[int, int]
    everybody: Sequence[GroupCount]
    plan: MessagePlan | None
    errors: Sequence[FieldError]

    @property
    def phones(self) -> int:
        """How many phones the app has."""
        return sum(group["count"] for group in self.everybody)


async def read_figures(calls: AsyncPushgate, form: MessageForm) -> Figures:
    """Count and plan at once. Raises ApiError other than InvalidRequest, ConnectionFailed."""
    audience = write_audience(form.audience)
    try:
        async with asyncio.TaskGroup() as tasks:
            counting = tasks.create_task(_count(calls, audience, form.audience))
            lines = tasks.create_task(_count_lines(calls, form.audience))
            everybody = tasks.create_task(_count_everybody(calls, audience))
            planning = tasks.create_task(plan_document(calls, write_document(form)))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    counted, count_errors = counting.result()
    plan, errors = planning.result()
    all_groups = everybody.result()
    left = lines.result() or (counted.get("lines", []) if counted else [])
    total = plan["total"] if plan else counted["total"] if counted else None
    return Figures(
        total=total,
        groups=counted["groups"] if counted else [],
        timezones=counted.get("timezones", []) if counted else [],
        left=dict(zip(ends_of_groups(form.audience.lines), left, strict=False)),
        everybody=all_groups if all_groups is not None else counted["groups"] if counted else [],
        plan=plan,
        errors=errors or count_errors,
    )


def figures_of(plan: MessagePlan | None, errors: Sequence[FieldError]) -> Figures:
    """Return the figures of a message that was planned alone."""
    groups: list[GroupCount] = [
        {"vendor": group["vendor"], "language": group["language"], "count": group["count"]}
        for group in (plan["groups"] if plan else ())
    ]
    return Figures(
        total=plan["total"] if plan else None,
        groups=groups,
        timezones=[],
        left={},
        everybody=groups,
        plan=plan,
        errors=errors,
    )


async def plan_document(
    calls: AsyncPushgate, document: Document
) -> tuple[MessagePlan | None, Sequence[FieldError]]:
    """Return what would come of a message, or why it would be refused."""
    return await _or_errors(calls.messages.plan(cast("MessageBody", document)))


async def _count(
    calls: AsyncPushgate, audience: object, form: AudienceForm
) -> tuple[AudienceCount | None, Sequence[FieldError]]:
    by_line = form.json is None and not _is_wrapped(form) and _can_be_counted_by_line(form)
    return await _or_errors(
        calls.audiences.count(cast("AudienceBody", audience), by=["timezone"], lines=by_line)
    )


async def _count_lines(calls: AsyncPushgate, form: AudienceForm) -> Sequence[int]:
    """Return what is left after each group of lines where more is around the lines."""
    if form.json is not None or not form.lines or not _is_wrapped(form) or not _can_be_counted_by_line(form):
        return []
    audience = cast("AudienceBody", to_audience(form.lines))
    counted, _ = await _or_errors(calls.audiences.count(audience, lines=True))
    return counted.get("lines", []) if counted else []


async def _count_everybody(calls: AsyncPushgate, audience: object) -> Sequence[GroupCount] | None:
    """Return all phones of the app; None where the audience is for all of them anyway."""
    if audience == EVERYBODY:
        return None
    return (await calls.audiences.count({"all": True}))["groups"]


def _is_wrapped(form: AudienceForm) -> bool:
    return form.once_per_user or bool(form.share)


def _can_be_counted_by_line(form: AudienceForm) -> bool:
    return len(ends_of_groups(form.lines)) <= _MAX_COUNTED_GROUPS


async def _or_errors(call: Awaitable[_Answer]) -> tuple[_Answer | None, Sequence[FieldError]]:
    try:
        return await call, ()
    except InvalidRequest as error:
        return None, error.errors or [FieldError("", error.detail or error.title)]
