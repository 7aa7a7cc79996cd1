"""The commands of the README do what the README says, and print what the README shows."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from tests.support.engines import wait_until
from tests.support.system import System, running

from pushgate.embedded.demo_seeding import seed

README = Path(__file__).parents[2] / "README.md"
_VARYING = {"id", "push_time", "created_at", "expires_at", "clicked", "click_through_rate"}
"""What differs between runs: ids, times and the clicks of simulated people."""


class Block(NamedTuple):
    """A fenced block: its kind, '' for output and for commands that the tests do not run."""

    kind: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [Block(*one) for one in found]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("newcomer")
    with running(folder, None, reports=True, filled=True) as found:
        (folder / ".pushgate").symlink_to(folder / "data")
        (folder / ".venv").symlink_to(sys.prefix)
        wait_until((folder / "data" / "demo.seeded").exists, 120, "the demo app to be filled")
        # From here on every phone reports what arrives: one in twenty would not.
        plan = found.sandbox.get("/reports").json() | {"delivered_share": 1.0}
        for count in ("sent", "dropped", "receipts"):
            del plan[count]
        found.sandbox.put("/reports", json=plan).raise_for_status()
        yield found


def test_the_start_prints_what_the_readme_shows(system: System) -> None:
    shown = next(block.text for block in blocks() if "is ready" in block.text)
    printed = (system.folder / "up.log").read_text("utf-8").replace(f"{system.folder}/data", ".pushgate")
    assert _without_numbers(printed) == _without_numbers(shown)


def test_a_link_signs_in_once(system: System) -> None:
    """That of the start, and another one that a command makes."""
    printed = re.findall(r"^Open (\S+)", (system.folder / "up.log").read_text("utf-8"), re.MULTILINE)
    _assert_signs_in_once(printed[-1])
    _assert_signs_in_once(_run(".venv/bin/pushgate console link", system.folder).strip())


def _assert_signs_in_once(link: str) -> None:
    statuses = []
    for _ in range(2):
        with httpx.Client(trust_env=False, timeout=30) as browser:
            form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', browser.get(link).text))
            statuses.append(browser.post(link, data=form).status_code)
    assert statuses == [303, 410]


def test_each_command_prints_what_the_readme_shows(system: System) -> None:
    """One after the other in one shell, with the id of the message that the one before made."""
    script, message_id = "", ""
    pairs = list(zip(blocks(), [*blocks()[1:], Block("", "")], strict=True))
    assert sum(block.kind == "sh" for block, _ in pairs) == 4
    for block, following in pairs:
        if block.kind != "sh":
            continue
        if "<id>" in block.text:
            system.finished(message_id)
            _wait_for_reports(system, message_id)
        script += block.text.replace("<id>", message_id)
        output = _run(script, system.folder)
        if "--watch" in block.text:
            output = output.partition("targeted")[0] + _reported(system, output)
        script = "\n".join(line for line in script.splitlines() if line.startswith(". ")) + "\n"
        message_id = next(iter(re.findall(r'"id":"([0-9a-f]{30})","status"', output)[::-1]), message_id)
        if following.kind == "json":
            _assert_like(output, json.loads(following.text.replace(", ...", "")))
        elif following.kind == "":
            _assert_lines(output, following.text)


def test_the_shop_has_a_history_that_happened(system: System) -> None:
    """1,000 phones are left of 1,024, and the click-through rate is one of reports that came."""
    (welcome,) = system.api.get("/v1/messages", params={"q": "welcome"}).json()["messages"]
    results = system.results(welcome["id"])
    assert (results["targeted"], results["accepted"], results["invalid"]) == (1024, 1000, 24)
    wait_until(lambda: system.results(welcome["id"])["delivered"] > 800, 60, "reports of client apps")
    assert 0.15 < system.results(welcome["id"])["click_through_rate"] < 0.5
    statuses = [one["status"] for one in system.api.get("/v1/messages?limit=100").json()["messages"]]
    assert "scheduled" in statuses
    groups = system.api.post("/v1/audience:count", json={"audience": {"all": True}}).json()["groups"]
    assert len({group["vendor"] for group in groups}) >= 9
    assert len({group["language"] for group in groups}) >= 6


def test_filling_that_is_taken_up_again_does_nothing_twice(system: System) -> None:
    """As after a stop just before its end."""

    def known() -> tuple[int, list[str]]:
        total = system.api.post("/v1/audience:count", json={"audience": {"all": True}}).json()["total"]
        messages = system.api.get("/v1/messages?limit=100").json()["messages"]
        return total, [one["id"] for one in messages]

    before, data = known(), system.folder / "data"
    (data / "demo.seeded").unlink()
    asyncio.run(seed(str(system.api.base_url), data, data / "demo.key"))
    assert known() == before
    assert (data / "demo.seeded").exists()


def test_every_file_the_readme_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target


def _wait_for_reports(system: System, message_id: str) -> None:
    wait_until(lambda: system.results(message_id)["delivered"] == 2, 30, "the client apps' reports")


def _reported(system: System, output: str) -> str:
    """What became of the message that was watched, once client apps have reported: on a busy
    machine the watch may end before.
    """
    message_id = re.findall(r"\b[0-9a-f]{30}\b", output)[-1]
    wait_until(lambda: system.results(message_id)["clicked"] > 0, 60, "reports of client apps")
    return _run(f". .pushgate/env\n.venv/bin/pushgate results {message_id}\n", system.folder)


def _run(script: str, folder: Path) -> str:
    result = subprocess.run(
        ["bash", "-ec", script], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def _assert_like(output: str, shown: dict[str, object]) -> None:
    """The README shows a part of a document that was printed."""
    at = output.rindex('{"id":"')
    answer, _ = json.JSONDecoder().raw_decode(output[at:])
    assert set(shown) <= set(answer)
    assert {name: answer[name] for name in shown if name not in _VARYING} == {
        name: value for name, value in shown.items() if name not in _VARYING
    }


def _assert_lines(output: str, shown: str) -> None:
    """Each line that the README shows was printed, but for what differs between runs. How many
    phones a push is for does not.
    """
    printed = _without_numbers(output).splitlines()
    assert re.findall("^targeted.*", output, re.MULTILINE) == re.findall("^targeted.*", shown, re.MULTILINE)
    for line in _without_numbers(shown).splitlines():
        assert line == "..." or line in printed, f"{line!r} is not in:\n{output}"


def _without_numbers(text: str) -> str:
    text = re.sub(r"/link/[\w-]+(\.\.\.)?", "/link/#", text)
    return re.sub(r" +", " ", re.sub(r"\b[0-9a-f]{30}\b|[0-9][0-9,.]*", "#", text))
