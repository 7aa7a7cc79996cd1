"""Each block of code in the documents says what it is, and what a test does not run is known."""

import re
import tomllib

import pytest
from docs.generator.settings import settings
from tests.support.documents import MADE, ROOT, Block, blocks_of, documents

from clients.generator.api_document import document
from pushgate.adapters.registry import vendors
from pushgate.settings.apps import AppSettings
from pushgate.settings.model import Settings

BLOCKS = [block for document in documents() if document not in MADE for block in blocks_of(document)]
COMMAND = re.compile(r"^\s*(?:curl|pushgate|make|pip|docker|kubectl|systemctl) ", re.MULTILINE)
VARIABLE = re.compile(r"\bPUSHGATE_[A-Z][A-Z_]*[A-Z]\b")
CLIENT_VARIABLES = frozenset(["PUSHGATE_URL", "PUSHGATE_KEY", "PUSHGATE_CONFIG"])
CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`?]*)")
NOT_RUN = {
    "clients/python/README.md": {
        "pip and its registry": 1,
    },
    "clients/typescript/README.md": {
        "npm and its registry": 1,
    },
    "docs/how-to/alert.md": {
        "promtool of Prometheus": 1,
    },
    "docs/how-to/back-up-and-restore.md": {
        "a Redis server of your own": 1,
        "a store that is held": 1,
    },
    "docs/how-to/connect-a-real-phone.md": {
        "credentials of a vendor": 1,
        "a real phone": 2,
    },
    "docs/how-to/follow-events.md": {
        "somebody who stops it": 1,
    },
    "docs/how-to/measure-your-setup.md": {
        "a second machine": 2,
    },
    "docs/how-to/register-from-the-app.md": {
        "a push that arrived": 1,
    },
    "docs/how-to/run-on-a-redis-cluster.md": {
        "a Redis Cluster of your own": 1,
    },
    "docs/explanation/managed-redis.md": {
        "a Redis server of your own": 1,
    },
    "docs/how-to/run-on-kubernetes.md": {
        "Docker": 1,
        "a Kubernetes cluster": 3,
    },
    "docs/how-to/run-with-systemd.md": {
        "a machine of your own and root's rights": 2,
        "systemd": 2,
    },
    "docs/how-to/trace-messages.md": {
        "pip and its registry": 1,
    },
    "docs/how-to/upgrade.md": {
        "systemd": 1,
    },
    "docs/how-to/use-the-command-line.md": {
        "a server of your own": 1,
        "a message that waits, and one with failures": 1,
        "somebody who stops it": 1,
        "your own shell": 1,
    },
    "docs/tutorial/a-shop-in-30-minutes.md": {
        "a terminal of its own: it runs until you stop it": 1,
    },
    "docs/tutorial/first-push.md": {
        "a terminal of its own: it runs until you stop it": 1,
    },
}
"""Blocks that no test runs, by what they need, for each document."""


def test_every_block_names_its_language() -> None:
    assert [(block.document, block.text[:40]) for block in BLOCKS if not block.language] == []


def test_commands_are_in_blocks_that_are_run_or_marked() -> None:
    others = [block for block in BLOCKS if block.language not in ("sh", "mermaid")]
    assert [(block.document, block.text[:60]) for block in others if COMMAND.search(block.text)] == []


def test_the_blocks_that_are_not_run_are_these() -> None:
    found: dict[str, dict[str, int]] = {}
    for block in BLOCKS:
        if block.needs:
            needs = found.setdefault(block.document, {})
            needs[block.needs] = needs.get(block.needs, 0) + 1
    assert found == NOT_RUN


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "toml"], ids=lambda block: block.document
)
def test_a_configuration_has_settings_that_exist(block: Block) -> None:
    known = {name: field.annotation for name, field in Settings.model_fields.items()}
    for name, value in tomllib.loads(block.text).items():
        assert name in known
        if name == "apps":
            for app in value.values():
                assert app.keys() <= AppSettings.model_fields.keys() | vendors().keys()
        elif isinstance(value, dict):
            section = Settings.model_fields[name].get_default()
            assert value.keys() <= type(section).model_fields.keys()


def test_every_variable_of_the_environment_is_a_setting() -> None:
    reference = settings()
    named = {name for block in BLOCKS for name in VARIABLE.findall(block.text)} - CLIENT_VARIABLES
    assert "PUSHGATE_METRICS__PORT" in named
    assert sorted(name for name in named if f"`{name}`" not in reference) == []


def test_every_call_that_a_document_names_is_a_call_of_the_api() -> None:
    known = {
        (method.upper(), re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path)))
        for path, operations in document()["paths"].items()
        for method in operations
    }
    named = {
        (name, method, path)
        for name in documents()
        if name.startswith("docs/") and not name.startswith(("docs/adr/", "docs/reference/vendors/"))
        for method, path in CALL.findall((ROOT / name).read_text("utf-8"))
        if path.startswith("/v1/") and "..." not in path
    }
    assert len(named) > 100
    assert (
        sorted(
            call
            for call in named
            if not any(call[1] == method and re.fullmatch(path, call[2]) for method, path in known)
        )
        == []
    )
