"""The supervisor restarts what dies, stops in order, and gives up on what cannot run."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from pushgate.embedded.child import Program
from pushgate.embedded.supervisor import Supervisor

FOREVER = "import time; print('up', flush=True); time.sleep(1000)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"


def program(name: str, code: str, stop_timeout: float = 10) -> Program:
    return Program(name=name, command=(sys.executable, "-c", code), stop_timeout=stop_timeout)


async def wait_for_output(folder: Path, name: str, times: int) -> None:
    """Wait until the program has printed `up` so many times."""
    log = folder / f"{name}.log"
    async with asyncio.timeout(20):
        while not log.exists() or log.read_text("utf-8").count("up\n") < times:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)


async def test_a_process_that_dies_is_restarted(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program("worker", FOREVER))
    await wait_for_output(tmp_path, "worker", 1)
    first = supervisor.pid("worker")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await wait_for_output(tmp_path, "worker", 2)
    assert supervisor.pid("worker") not in (None, first)
    assert not supervisor.failed.done()
    await supervisor.stop()
    assert supervisor.pid("worker") is None


async def test_programs_stop_in_reverse_order(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    code = "import signal, time, pathlib, sys\nimport os\n"
    code += "def end(*_):\n open({log!r}, 'a').write({name!r} + ' '); os._exit(0)\n"
    code += "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(1000)"
    order = str(tmp_path / "order")
    for name in ("first", "second", "third"):
        await supervisor.start(program(name, code.format(log=order, name=name)))
        await wait_for_output(tmp_path, name, 1)
    await supervisor.stop()
    assert Path(order).read_text("utf-8").split() == ["third", "second", "first"]  # noqa: ASYNC240  # a small file


async def test_a_program_that_does_not_stop_in_time_is_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program("stubborn", STUBBORN, stop_timeout=0.2))
    await wait_for_output(tmp_path, "stubborn", 1)
    async with asyncio.timeout(10):
        await supervisor.stop()


async def test_the_error_of_a_process_that_cannot_run_has_its_last_lines(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program("broken", "raise SystemExit('no such luck')"))
    async with asyncio.timeout(60):
        failure = await supervisor.failed
    assert "broken" in str(failure)
    assert "no such luck" in str(failure)
    await supervisor.stop()
