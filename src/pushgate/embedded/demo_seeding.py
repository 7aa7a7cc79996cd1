"""Gives the demo app phones and a history, through the API, once for each store: what the console
shows has happened.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pushgate.embedded import demo_history, demo_shop
from pushgate.embedded.private_files import read_if_exists, write_private
from pushgate.runtime import logs
from pushgate_client import AsyncPushgate, types
from pushgate_client.errors import Conflict, PushgateError

MARKER = "demo.seeded"
_IMPORT = "demo-phones"
_SENT_WITHIN = 60.0
"""Seconds after which the next message is sent although the one before is not done."""
_POLL_INTERVAL = 0.3
_log = logs.get("supervisor")


@asynccontextmanager
async def seeding(url: str, data: Path, key_file: Path) -> AsyncIterator[None]:
    """Seed in the background while the context is open. A failure is logged, and ends the seeding
    alone: it is taken up again at the next start.
    """
    task = asyncio.create_task(_seed_or_warn(url, data, key_file))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _seed_or_warn(url: str, data: Path, key_file: Path) -> None:
    try:
        await seed(url, data, key_file)
    except PushgateError as error:
        _log.warning("the demo app was not filled", action="seeding_failed", error=str(error))


async def seed(url: str, data: Path, key_file: Path) -> None:
    """Give the app of this key its phones and its history, unless that was done. What was done of
    it before a stop is not done twice. Raises ApiError, ConnectionFailed.
    """
    key = (read_if_exists(key_file) or "").strip()
    # A new store has new keys: the name of the key tells whether the marker is of this store.
    store, marker = "_".join(key.split("_")[:2]), data / MARKER
    if not key or read_if_exists(marker) == store:
        return
    async with AsyncPushgate(url, key) as pushgate:
        await _register(pushgate)
        await _send(pushgate, store)
    write_private(marker, store)


async def _register(pushgate: AsyncPushgate) -> None:
    # An import that goes on must have the same lines: those of one day have.
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await pushgate.terminals.import_all(list(demo_shop.phones(today)), name=f"{_IMPORT}-{today:%Y%m%d}")
    for name, audience in demo_history.AUDIENCES.items():
        await pushgate.audiences.save(name, audience)
    for terminal_id, name in demo_history.TEST_PHONES.items():
        await pushgate.marked_terminals.mark(terminal_id, name)


async def _send(pushgate: AsyncPushgate, store: str) -> None:
    await _send_all(pushgate, f"{store}-upcoming", demo_history.upcoming(datetime.now(UTC)))
    for number, message in enumerate(demo_history.broadcasts()):
        for message_id in await _send_all(pushgate, f"{store}-broadcast-{number}", [message]):
            await _wait_until_sent(pushgate, message_id)
    await _send_all(pushgate, f"{store}-orders", demo_history.orders())


async def _send_all(pushgate: AsyncPushgate, name: str, messages: Sequence[types.MessageBody]) -> list[str]:
    """Send messages under this name; returns their ids, none where they were sent before with other
    push times.
    """
    try:
        results = await pushgate.messages.send_many(messages, idempotency_key=f"demo-{name}")
    except Conflict:
        return []
    return [result["message"]["id"] for result in results if "message" in result]


async def _wait_until_sent(pushgate: AsyncPushgate, message_id: str) -> None:
    deadline = time.monotonic() + _SENT_WITHIN
    while time.monotonic() < deadline:
        if (await pushgate.messages.get(message_id))["status"] == "sent":
            return
        await asyncio.sleep(_POLL_INTERVAL)  # between two looks
