"""What errors of redis-py mean, and what a watch sees of commands."""

import pytest
from redis import exceptions
from redis._parsers.base import BaseParser

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import Changes, may_have_changed, reaching, watching


def _refused(answer: str) -> Exception:
    """The error that redis-py makes of an answer."""
    error: Exception = BaseParser.parse_error(answer)  # type: ignore[no-untyped-call]
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (exceptions.ConnectionError("to redis://user:secret@host"), "connection lost"),
        (exceptions.TimeoutError("secret"), "no answer in time"),
        (exceptions.BusyLoadingError("secret"), "it is loading its data"),
        (exceptions.AuthenticationError("secret"), "it refuses the user name or password of redis.url"),
        (OSError("secret"), "connection lost"),
        (RuntimeError("unable to perform operation; the handler is closed"), "connection lost"),
        (_refused("OOM command not allowed"), "its memory is full"),
        (_refused("NOREPLICAS Not enough good replicas"), "too few replicas"),
        (_refused("CLUSTERDOWN The cluster is down"), "the cluster is down"),
        (_refused("TRYAGAIN Multiple keys"), "a slot of the cluster is moving"),
        (_refused("ASK 3999 127.0.0.1:6381"), "a slot of the cluster is moving"),
        (_refused("MOVED 3999 127.0.0.1:6381"), "a slot of the cluster has moved"),
    ],
)
async def test_an_outage_is_reported_without_the_librarys_text(error: Exception, text: str) -> None:
    with pytest.raises(EngineUnavailable, match=text) as raised:
        async with reaching():
            raise error
    assert "secret" not in str(raised.value)


async def test_a_refused_command_is_reported_by_its_word_alone() -> None:
    with pytest.raises(exceptions.ResponseError, match="refuses a command: WRONGTYPE") as raised:
        async with reaching():
            raise exceptions.ResponseError(
                "Command # 1 (SET secret) of pipeline caused error: WRONGTYPE Operation"
            )
    assert "secret" not in str(raised.value)


async def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="a fault"):
        async with reaching():
            raise RuntimeError("a fault")


@pytest.mark.parametrize(
    ("changes", "changed"), [(Changes.NOTHING, False), (Changes.AT_ONCE, True), (Changes.IN_STEPS, True)]
)
async def test_a_watch_sees_whether_commands_may_have_changed_something(
    changes: Changes, changed: bool
) -> None:
    assert may_have_changed(), "nobody watches"
    with watching() as outer:
        with watching() as inner:
            async with reaching(changes):
                pass
            assert may_have_changed() is changed
        assert inner.changed is changed
        assert not outer.changed


async def test_a_refused_script_has_changed_nothing() -> None:
    with watching() as watch, pytest.raises(EngineUnavailable):
        async with reaching(Changes.AT_ONCE):
            raise _refused("READONLY You can't write against a read only replica.")
    assert not watch.changed
