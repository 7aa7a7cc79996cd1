"""Explains what a message, small or large, meant for one terminal, which is named by its id or push
token.
"""

import asyncio
from collections.abc import Container
from dataclasses import replace

from pushgate.bundles.account_values import SmallAccount
from pushgate.content.language import choose
from pushgate.domain.app import App
from pushgate.domain.message import Status
from pushgate.domain.message_id import is_family
from pushgate.redis.hash_tags import shard_of
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.registered_terminals import RegisteredTerminals
from pushgate.tracking.explained import ExplainedPush, Explanation, NotTargeted
from pushgate.tracking.family_parts import FamilyParts
from pushgate.tracking.large_push import LargePushes
from pushgate.tracking.messages import Messages, TrackedMessage
from pushgate.tracking.not_targeted import Named, of_small
from pushgate.tracking.small_push import explain_slot, slot_of


class Explanations:
    """Explanations of all messages. All calls raise NotFound for an unknown message, and
    EngineUnavailable.
    """

    def __init__(
        self,
        *,
        messages: Messages,
        large: LargePushes,
        families: FamilyParts,
        terminals: RegisteredTerminals,
        holders: SlotHolders,
    ) -> None:
        self._messages = messages
        self._large = large
        self._families = families
        self._terminals = terminals
        self._holders = holders

    async def of_terminal(self, app: App, message_id: str, terminal_id: str) -> Explanation:
        """What the message meant for the terminal with this id, registered or not."""
        account, registered = await asyncio.gather(
            self._messages.account(app, message_id), self._terminals.find(app, terminal_id)
        )
        token = (registered.terminal.vendor, registered.terminal.token) if registered else None
        named = Named(terminal=terminal_id, token=token, registered=registered)
        return await self._explain(app, message_id, account, named)

    async def of_token(
        self, app: App, message_id: str, vendor: str, token: str, configured: Container[str]
    ) -> Explanation:
        """What the message meant for the terminal with this push token.

        The token is in the vendor's normal form; the message may have brought it. `configured` are
        the vendors that the app is set up for.
        """
        account, registered = await asyncio.gather(
            self._messages.account(app, message_id), self._terminals.find_by_token(app, vendor, token)
        )
        named = Named(
            terminal=registered.terminal.id if registered else None,
            token=(vendor, token),
            registered=registered,
            is_configured=vendor in configured,
        )
        return await self._explain(app, message_id, account, named)

    async def _explain(
        self, app: App, message_id: str, account: SmallAccount | None, named: Named
    ) -> Explanation:
        if account is None:
            tracked = await self._messages.find_large(app, message_id)
            if is_family(message_id):
                tracked, found = await self._in_parts(app, tracked, named)
            else:
                found = await self._large.find(app, tracked, named)
        else:
            tracked = self._messages.track(account)
            found = await self._in_small(app, account, tracked, named)
        if isinstance(found, NotTargeted):
            return _explanation(tracked, named, None, found)
        return _explanation(tracked, named, found, None)

    async def _in_parts(
        self, app: App, tracked: TrackedMessage, named: Named
    ) -> tuple[TrackedMessage, ExplainedPush | NotTargeted]:
        """The push of one of a family's parts, with the times of that part."""
        envelope = tracked.envelope
        parts = [
            replace(tracked, id=part.id, status=part.status, envelope=part.envelope)
            for part in await self._families.parts(app, tracked.id)
        ]
        found = await asyncio.gather(*(self._large.find(app, part, named) for part in parts))
        for part, push in zip(parts, found, strict=True):
            if isinstance(push, ExplainedPush):
                return replace(tracked, envelope=part.envelope), push
        if named.unknown:
            return tracked, named.unknown
        if tracked.status is Status.CANCELLED:
            return tracked, NotTargeted.CANCELLED
        is_over = envelope is None or await self._families.is_complete(envelope)
        return tracked, NotTargeted.NOT_IN_AUDIENCE if is_over else NotTargeted.NOT_PLANNED

    async def _in_small(
        self, app: App, account: SmallAccount, tracked: TrackedMessage, named: Named
    ) -> ExplainedPush | NotTargeted:
        slot = slot_of(account, named)
        if slot is None and named.terminal is not None:
            # A terminal that was forgotten since, or registered anew, left its id in its former
            # slot.
            shard = shard_of(app, named.terminal)
            slots = {one.terminal_slot: one for one in account.slots if one.terminal_shard == shard}
            number = await self._holders.find(app, shard, named.terminal, list(slots))
            slot = None if number is None else slots[number]
        if slot is None:
            return of_small(account, named)
        return explain_slot(slot, dry_run=tracked.envelope.dry_run if tracked.envelope else None)


def _explanation(
    tracked: TrackedMessage, named: Named, push: ExplainedPush | None, reason: NotTargeted | None
) -> Explanation:
    message, registered = tracked.message, named.registered
    language = None
    if push and message:
        language = choose(push.group.language, message.content, message.default_language)
    if push and registered and not push.group.inline and registered.slots[0].group != push.group:
        push = replace(push, moved_to=registered.slots[0].group)
    return Explanation(
        tracked=tracked,
        terminal=named.terminal,
        registered=registered,
        push=push,
        reason=reason,
        language=language,
    )
