"""The samples for phones: what can be compiled here is compiled and run against a running Pushgate,
of the rest syntax or types are checked.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.support import generators, maven
from tests.support.client_apps import call, make_app
from tests.support.engines import free_port, wait_until
from tests.support.generators import CLIENTS, NODE, PYTHON, ROOT
from tests.support.system import System

SAMPLES = ROOT / "clients" / "samples"
GATEWAY = SAMPLES / "android" / "gateway"
NOT_COMPILED = sorted(
    file
    for kind in ("kt", "swift", "ets")
    for file in SAMPLES.rglob(f"*.{kind}")
    if GATEWAY not in file.parents
)
TOKEN = "dGVzdC1pbnN0YWxs:APA91b" + "x" * 130


class Phone:
    """A phone with the Android sample's gateway module."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, *words: str) -> str:
        """Have it do something; returns what came of it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def classpath(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The compiled module, with a main function."""
    if not maven.find():
        pytest.skip("Maven is not installed")
    folder = tmp_path_factory.mktemp("android") / "gateway"
    shutil.copytree(GATEWAY, folder, ignore=shutil.ignore_patterns("target"))
    shutil.copy(CLIENTS / "android" / "Main.kt", folder / "src" / "main" / "kotlin")
    done = subprocess.run(
        ["mvn", "-q", "-B", "compile", maven.BUILD_CLASSPATH, "-Dmdep.outputFile=classpath"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return f"{folder / 'target' / 'classes'}{os.pathsep}{(folder / 'classpath').read_text('utf-8')}"


@pytest.fixture
def phone(classpath: str, running_system: System) -> Iterator[Phone]:
    address = str(running_system.api.base_url)
    with subprocess.Popen(
        ["java", "-cp", classpath, "dev.pushgate.sample.gateway.MainKt", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Phone(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def key(running_system: System) -> str:
    return make_app(running_system, "android", ["fcm"])


def test_an_android_phone_registers_reports_and_signs_out(
    phone: Phone, running_system: System, key: str
) -> None:
    api = partial(call, running_system, key)
    assert phone.do("candidates", "HUAWEI", "HONOR") == "huawei,honor,fcm"
    assert phone.do("candidates", "Xiaomi", "Redmi") == "xiaomi,fcm"
    assert phone.do("candidates", "OnePlus", "OnePlus") == "oppo,fcm"
    assert phone.do("candidates", "Google", "google") == "fcm"
    assert phone.do("update", TOKEN) == "false", "it registers first"
    granted = api("POST", "/v1/registration-tokens", {"user": "ann"})["token"]
    terminal = phone.do("register", TOKEN, granted)
    assert phone.do("update", TOKEN) == "true"
    assert phone.do("update", TOKEN + "2") == "true"
    found = api("GET", f"/v1/terminals/{terminal}")
    assert (found["user"], found["language"], found["token"]) == ("ann", "zh-Hans", TOKEN + "2")

    content = {"en": {"title": "Sale", "body": "Today only"}}
    message = api("POST", "/v1/messages", {"content": content, "audience": {"users": ["ann"]}})["id"]
    callbacks: list[str] = []

    def received() -> bool:
        bodies = [str(one["body"]) for one in running_system.received()]
        callbacks[:] = [json.loads(one)["message"]["data"]["pushgate"] for one in bodies if message in one]
        return bool(callbacks)

    wait_until(received, 60, "the push")
    assert phone.do("other", "hello") == "false", "a push of another sender"
    phone.do("address", f"http://127.0.0.1:{free_port()}")
    for kind in ("received", "clicked"):
        assert phone.do(kind, callbacks[0]) == "true"
    assert phone.do("send") == "false", "there is no connection"
    phone.do("address", str(running_system.api.base_url))
    assert phone.do("send") == "true"
    results = api("GET", f"/v1/messages/{message}/results")
    assert (results["delivered"], results["clicked"]) == (1, 1)
    phone.do("sign-out")
    assert api("GET", f"/v1/terminals/{terminal}")["user"] is None
    phone.do("forget")
    assert phone.do("update", TOKEN) == "false"


@pytest.mark.skipif(not generators.find(), reason="npm is not installed")
def test_sources_without_a_compiler_are_of_their_language() -> None:
    files = [file for file in NOT_COMPILED if file.suffix != ".ets"]
    done = subprocess.run([PYTHON / "python", CLIENTS / "syntax.py", *files], capture_output=True, check=True)
    assert done.stdout.decode() == ""


@pytest.mark.skipif(not generators.find_node_tools(), reason="npm is not installed")
def test_the_types_of_the_harmonyos_sample_fit(tmp_path: Path) -> None:
    """ArkTS without its user interface is TypeScript; the kits are declared by the test."""
    shutil.copytree(CLIENTS / "harmonyos", tmp_path, dirs_exist_ok=True)
    sources = SAMPLES / "harmonyos" / "entry" / "src" / "main" / "ets"
    for file in sources.rglob("*.ets"):
        copied = (tmp_path / file.relative_to(sources)).with_suffix(".ts")
        copied.parent.mkdir(exist_ok=True)
        shutil.copy(file, copied)
    done = subprocess.run([NODE / "tsc", "--project", tmp_path], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("file", NOT_COMPILED, ids=lambda file: file.name)
def test_a_source_that_is_not_compiled_says_so(file: Path) -> None:
    assert file.read_text("utf-8").startswith("// Not compiled by this repository's tests")
