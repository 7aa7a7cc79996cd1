"""The embedded Valkey: durable, one at a time on the same data, and never orphaned."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from tests.support.engines import valkey_engine, wait_until

from pushgate.domain.errors import ConfigurationError
from pushgate.embedded import valkey


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("utf-8").split()[2] != "Z"


def test_written_data_survives_a_kill(tmp_path: Path) -> None:
    engine = valkey_engine(tmp_path).start()
    client = redis.Redis.from_url(engine.url)
    client.set("kept", "yes")
    client.close()
    engine.stop(signal.SIGKILL)
    os.close(engine.descriptors[0])
    again = valkey_engine(tmp_path).start()
    client = redis.Redis.from_url(again.url)
    assert client.get("kept") == b"yes"
    client.close()
    again.stop()
    os.close(again.descriptors[0])


def test_a_second_server_cannot_use_the_same_data(tmp_path: Path) -> None:
    engine = valkey_engine(tmp_path).start()
    os.close(engine.descriptors[0])  # only the server itself holds the lock now
    with pytest.raises(ConfigurationError, match="in use by another Pushgate"):
        valkey.prepare(tmp_path, lock_timeout=0.2)
    engine.stop()
    os.close(valkey.prepare(tmp_path).lock)


def test_the_server_gets_settings_of_its_allocator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    engine = valkey_engine(tmp_path)
    # A title of the process would be written over its variables.
    engine.command = (*engine.command, "--set-proc-title", "no")
    engine.start()
    assert engine.process
    variables = Path(f"/proc/{engine.process.pid}/environ").read_bytes().split(b"\0")
    assert any(variable.startswith(b"GLIBC_TUNABLES=glibc.malloc.mxfast=0") for variable in variables)
    engine.stop()
    os.close(engine.descriptors[0])
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=1")
    server = valkey.prepare(tmp_path)
    assert not server.environment, "the operator's own settings stay"
    os.close(server.lock)


def test_a_folder_with_a_long_name_works(tmp_path: Path) -> None:
    engine = valkey_engine(tmp_path / ("x" * 120)).start()
    client = redis.Redis.from_url(engine.url)
    assert client.ping()
    client.close()
    engine.stop()
    os.close(engine.descriptors[0])


def test_the_error_without_any_server_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigurationError) as caught:
        valkey.find_server()
    assert "PUSHGATE_REDIS__URL" in str(caught.value)


PARENT = """
import subprocess, sys
from pathlib import Path
from pushgate.embedded.children import die_with_parent
from pushgate.embedded.valkey import prepare
engine = prepare(Path(sys.argv[1]))
child = subprocess.Popen(
    engine.command, pass_fds=(engine.lock,), preexec_fn=die_with_parent(), stdout=subprocess.DEVNULL
)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl(2)")
def test_a_server_dies_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not alive(child), 10, "the server's end")
    deadline = time.monotonic() + 5
    lock = valkey.prepare(tmp_path).lock
    assert time.monotonic() < deadline, "the data is free again"
    os.close(lock)
