"""What goes wrong with one message stops the work on no other one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta

from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs

AFTER_A_FAULT = timedelta(minutes=1)
"""How long a message at fault is put off."""
_log = logs.get("scheduler")


@contextmanager
def isolate_fault(work: str, *, action: str, message_id: str) -> Iterator[None]:
    """Log what goes wrong within with one message, and go on behind the block.

    `work` says in words what is done with the message. Where an engine does not answer, the next
    message may be in a part of the store that does.
    """
    try:
        yield
    except EngineUnavailable as error:
        _log.warning(f"{work} interrupted", action=action, message=message_id, error=str(error), outage=True)
    except Exception:  # noqa: BLE001  # one message's fault must not stop the others
        _log.exception(f"{work} failed", action=action, message=message_id)


@asynccontextmanager
async def isolate_and_put_off(
    work: str, *, action: str, message_id: str, put_off: Callable[[], Awaitable[object]]
) -> AsyncIterator[None]:
    """As `isolate_fault`, for messages of a queue. `put_off` puts off a message at fault, which
    would else be the first of the queue each time. It may raise EngineUnavailable.
    """
    with isolate_fault(work, action=action, message_id=message_id):
        try:
            yield
        except EngineUnavailable:
            raise
        except Exception:  # whatever it is, `isolate_fault` logs it
            with suppress(EngineUnavailable):
                await put_off()
            raise
