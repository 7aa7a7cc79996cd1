"""Commands in a terminal: progress that moves, Ctrl-C, closed pipes, and numbers that are typed."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.command_line import Run

from pushgate.cli.exit_codes import ExitCode

LINES = 100_000


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self._own, theirs = pty.openpty()
        command = [sys.executable, "-m", "pushgate", *arguments]
        environment = {**os.environ, "COLUMNS": "100", "LINES": "30", "TERM": "xterm"}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment
        )
        os.close(theirs)
        self.output = ""

    def read_until(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """Read until the output has the pattern."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.output)
            if found:
                return found
            assert time.monotonic() < deadline, self.output
            assert self._read(), self.output

    def finish(self) -> int:
        """Read all that comes; returns the exit code."""
        while self._read():
            pass
        return self.process.wait(60)

    def _read(self) -> bool:
        if not select.select([self._own], [], [], 60)[0]:
            return False
        try:
            part = os.read(self._own, 65536)
        except OSError:  # the other end is closed
            return False
        self.output += part.decode("utf-8", "replace")
        return bool(part)

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._own, text.encode() + b"\n")

    def close(self) -> None:
        """End the command where it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self._own)


@contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    """Run a command in a terminal."""
    opened = Terminal(*arguments)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def many(folder: Path) -> Path:
    """A file with 100,000 terminals, of several vendors and languages."""
    file = folder / "many.csv"
    with file.open("w", encoding="utf-8") as opened:
        opened.write("id,vendor,token,language\n")
        for number in range(LINES):
            vendor = ("fcm", "huawei", "xiaomi")[number % 3]
            opened.write(f"many-{number},{vendor},many-token-{number},{('en', 'zh-Hans')[number % 2]}\n")
    return file


def test_events_are_followed_until_ctrl_c(run: Run, message: str) -> None:
    del message
    run("events")  # events are written from the first call on
    sent = json.loads(run("send", "--title", "a", "--body", "b", "--to", "user:ann", "--json").stdout)["id"]
    with terminal("events", "--follow", "--after", "start", "--type", "message.*", "--json") as following:
        following.read_until(sent)
        following.process.send_signal(signal.SIGINT)
        assert following.finish() == ExitCode.INTERRUPTED
        assert "Traceback" not in following.output


def test_an_import_that_was_stopped_goes_on_and_a_broadcast_is_seen_moving(many: Path, run: Run) -> None:
    with terminal("terminals", "import", str(many)) as stopped:
        stopped.read_until(r"[\d,]+ lines, [\d.]+%")
        stopped.process.send_signal(signal.SIGINT)
        assert stopped.finish() == ExitCode.INTERRUPTED, stopped.output
        name = stopped.read_until(r"go on with: pushgate terminals import \S+ --name (\S+)")[1]
    with terminal("terminals", "import", str(many), "--name", name) as again:
        assert again.finish() == 0, again.output
        assert f"{LINES + 1:,} lines: {LINES:,} created, 0 updated, 0 failed" in again.output
    refused_without_anybody_to_ask(run)
    third = '{"vendor": "xiaomi"}'
    with terminal("send", "--title", "Sale", "--body", "Today", "--where", third, "--watch") as sending:
        count = sending.read_until(r"Push to ([\d,]+) terminals at http://\S+ \(folder .pushgate\)")[1]
        sending.type(count)
        sending.read_until(r"(?s)█.*░.*[\d,]+ of [\d,]+")
        sending.read_until(r"[\d,]+/s, .* left")
        assert sending.finish() == 0, sending.output
        assert f"targeted {count} = accepted {count}" in sending.output
    pipes_close_tidily()


def refused_without_anybody_to_ask(run: Run) -> None:
    before = run("messages", "list", "--json").stdout
    refused = run("send", "--title", "Sale", "--body", "Today", "--all")
    assert (refused.exit_code, "give --yes" in refused.stderr) == (ExitCode.DECLINED, True)
    with terminal("send", "--title", "Sale", "--body", "Today", "--all") as mistyped:
        mistyped.read_until("Type the number")
        mistyped.type("5")
        assert mistyped.finish() == ExitCode.DECLINED, mistyped.output
    assert run("messages", "list", "--json").stdout == before


def pipes_close_tidily() -> None:
    script = f"set -o pipefail; {sys.executable} -m pushgate terminals export - | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (ExitCode.PIPE_CLOSED, "", 1)


@pytest.mark.parametrize("arguments", ["--version", "send --help"])
def test_what_senders_run_does_not_import_the_server(arguments: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "pushgate", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    server = ("pushgate.api", "pushgate.settings", "pushgate.processes", "fastapi", "redis", "uvicorn")
    assert [name for name in imported if name.startswith(server)] == []
