"""The supervisor starts again what dies, stops in order, and gives up on what cannot run."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from pushgate.embedded.supervisor import Program, Supervisor

FOREVER = "import time; print('up', flush=True); time.sleep(1000)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(1000)"


def program(name: str, code: str, patience: float = 10) -> Program:
    return Program(name, (sys.executable, "-c", code), patience=patience)


async def said(folder: Path, name: str, times: int) -> None:
    """Wait until the program has said `up` so often."""
    log = folder / f"{name}.log"
    async with asyncio.timeout(20):
        while not log.exists() or log.read_text("utf-8").count("up\n") < times:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)


async def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program("worker", FOREVER))
    await said(tmp_path, "worker", 1)
    first = supervisor.pid("worker")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await said(tmp_path, "worker", 2)
    assert supervisor.pid("worker") not in (None, first)
    assert not supervisor.failed.done()
    await supervisor.stop()
    assert supervisor.pid("worker") is None


async def test_all_are_stopped_the_last_started_first(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    code = "import signal, time, pathlib, sys\nimport os\n"
    code += "def end(*_):\n open({log!r}, 'a').write({name!r} + ' '); os._exit(0)\n"
    code += "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(1000)"
    order = str(tmp_path / "order")
    for name in ("first", "second", "third"):
        await supervisor.start(program(name, code.format(log=order, name=name)))
        await said(tmp_path, name, 1)
    await supervisor.stop()
    assert Path(order).read_text("utf-8").split() == ["third", "second", "first"]  # noqa: ASYNC240  # a small file


async def test_what_does_not_stop_in_its_time_is_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program("stubborn", STUBBORN, patience=0.2))
    await said(tmp_path, "stubborn", 1)
    async with asyncio.timeout(10):
        await supervisor.stop()


async def test_a_process_that_cannot_run_is_told_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program("broken", "raise SystemExit('no such luck')"))
    async with asyncio.timeout(60):
        failure = await supervisor.failed
    assert "broken" in str(failure)
    assert "no such luck" in str(failure)
    await supervisor.stop()
