"""The same terminals in PostgreSQL: one table with a GIN index on its tags.

The server runs in a folder of its own and keeps nothing: no fsync, so that loading is not slowed.
"""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.audience_world import Row

_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "shared_buffers": "4GB",
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
_TABLE = """CREATE TABLE terminals (
    number int, vendor smallint, language smallint, timezone smallint, tags smallint[], owner int,
    day smallint, version smallint)"""
_COUNT = "SELECT vendor, language, count(*) FROM terminals WHERE {} GROUP BY vendor, language"


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


class Postgres:
    """A running server. `run` raises CalledProcessError for what it refuses."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._command = [str(programs / "psql"), "-h", str(folder), "-d", "postgres", "-XqAt", "-v"]
        self._command.append("ON_ERROR_STOP=1")

    def run(self, statements: str) -> str:
        """Run statements; returns what they print."""
        return _run([*self._command, "-c", statements])

    def load(self, batches: Iterable[Sequence[Row]]) -> None:
        """Create the table with these rows, index its tags and gather statistics."""
        self.run(_TABLE)
        copy = [*self._command, "-c", "COPY terminals FROM STDIN"]
        with subprocess.Popen(copy, stdin=subprocess.PIPE, text=True, user=_user()) as loading:
            assert loading.stdin is not None
            for batch in batches:
                loading.stdin.writelines(_line(row) for row in batch)
        self.run("CREATE INDEX ON terminals USING gin (tags)")
        self.run("VACUUM ANALYZE terminals")

    def count(self, condition: str) -> dict[tuple[int, int], int]:
        """How many terminals meet a condition, by vendor and language."""
        lines = self.run(_COUNT.format(condition)).splitlines()
        rows = [tuple(map(int, line.split("|"))) for line in lines]
        return {(vendor, language): count for vendor, language, count in rows}

    def milliseconds(self, condition: str) -> float:
        """How long the server takes for the count."""
        printed = _run([*self._command, "-c", r"\timing on", "-c", _COUNT.format(condition)])
        line = next(line for line in printed.splitlines() if line.startswith("Time:"))
        return float(line.split()[1])

    def bytes_used(self) -> int:
        """The size of the table with its index."""
        return int(self.run("SELECT pg_total_relation_size('terminals')"))


@contextmanager
def start_postgres(programs: Path, folder: Path) -> Iterator[Postgres]:
    """Run a server on this new folder, and stop it at the end."""
    folder.mkdir()
    if (user := _user()) is not None:
        os.chown(folder, user, -1)
    data = folder / "data"
    _run([str(programs / "initdb"), "-D", str(data), "-A", "trust", "--no-sync", "-E", "UTF8"])
    options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *options]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd=folder)
    try:
        postgres = Postgres(programs, folder)
        _wait_until_answers(postgres)
        yield postgres
    finally:
        server.terminate()
        server.wait(60)


def _wait_until_answers(postgres: Postgres) -> None:
    """Raises CalledProcessError where the server does not answer in half a minute."""
    deadline = time.monotonic() + 30
    while True:
        try:
            postgres.run("SELECT 1")
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # each question starts a psql, which takes a core from the server
        else:
            return


def _user() -> int | None:
    """The server refuses to run as root: then it runs as the user that its package brings."""
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None


def _run(command: Sequence[str]) -> str:
    return subprocess.run(
        command, user=_user(), check=True, capture_output=True, text=True, cwd="/", env=_environment()
    ).stdout


def _environment() -> dict[str, str]:
    """psql reads variables that would lead it to another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        "PGUSER": "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    }


def _line(row: Row) -> str:
    tags = ",".join(map(str, row.tags))
    columns = (row.number, row.vendor, row.language, row.timezone, f"{{{tags}}}", row.user, row.day)
    return "\t".join(map(str, (*columns, row.version))) + "\n"
