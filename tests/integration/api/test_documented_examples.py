"""What documents show works: JSON as it stands at a time before its push time, commands whenever
they are copied.
"""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")])
FENCED = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def messages_in(document: Path) -> list[dict[str, Any]]:
    """The JSON blocks that are whole messages."""
    found = []
    for language, text in FENCED.findall(document.read_text("utf-8")):
        if language == "json" and '"audience"' in text and '"content"' in text:
            found.append(json.loads(text))
    return [one for one in found if "audience" in one]  # a schedule has its message inside


async def post_before_its_time(clients: ApiClients, clock: SetClock, message: dict[str, Any]) -> None:
    at = datetime.fromisoformat(message["push_time"])
    clock.at = at - timedelta(days=1)
    answer = await clients.shop.post("/v1/messages", json=message)
    assert answer.status_code == 202, answer.text
    assert datetime.fromisoformat(answer.json()["push_time"]) == at
    clock.at = at + timedelta(weeks=1)
    assert (await clients.shop.post("/v1/messages", json=message)).status_code == 422, "copied when it is old"


async def test_messages_of_the_reference_are_taken(clients: ApiClients, clock: SetClock) -> None:
    examples = [message for document in DOCUMENTS for message in messages_in(document)]
    assert examples
    for message in examples:
        await post_before_its_time(clients, clock, message)


async def test_examples_of_the_description_are_taken(clients: ApiClients, clock: SetClock) -> None:
    document = (await clients.anyone.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for message in schemas["MessageBody"]["examples"]:
        await post_before_its_time(clients, clock, message)
    for number, terminal in enumerate(schemas["TerminalBody"]["examples"]):
        answer = await clients.shop.put(f"/v1/terminals/t{number}", json=terminal)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_compute_their_times(document: Path) -> None:
    text = document.read_text("utf-8")
    commands = [block for language, block in FENCED.findall(text) if language != "json" and "curl" in block]
    commands += [line for line in re.findall(r"`([^`\n]+)`", text) if "push_time" in line]
    for command in commands:
        assert not re.search(r"push_time\W+[0-9]{4}-", command), command
