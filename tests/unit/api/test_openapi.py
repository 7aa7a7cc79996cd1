"""The OpenAPI document is fit for generators of clients; the reference of errors is complete."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.api.operations import OPERATIONS

from pushgate.adapters.registry import vendors
from pushgate.api.app import create
from pushgate.api.context import ApiContext
from pushgate.settings.api import ApiSettings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """No resource is asked for anything: the settings are enough."""
    return create(cast("ApiContext", SimpleNamespace(settings=ApiSettings()))).openapi()


def calls(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            yield f"{method.upper()} {path}", call


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from nodes(item)


WITHOUT_BODY = (
    *("/cancel", "/recall", "/diagnosis"),
    *("/pause", "/resume", "/reset-breaker", "/held-removals/confirm", "/held-removals/dismiss"),
    *(":test", ":pause", ":resume"),
)


def test_operation_ids_are_stable(document: dict[str, Any]) -> None:
    """They are the names of functions in generated clients; an operation may be added, none
    renamed.
    """
    found = {call["operationId"]: name for name, call in calls(document)}
    assert len(found) == len(list(calls(document))), "each has an id of its own"
    assert OPERATIONS.items() <= found.items()
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in found)


def test_every_answer_and_body_is_described(document: dict[str, Any]) -> None:
    for name, call in calls(document):
        assert "default" in call["responses"], name
        good = [answer for status, answer in call["responses"].items() if status.startswith("2")]
        assert good, name
        for answer in good:
            assert answer.get("content") or "204" in call["responses"], name
            for content in answer.get("content", {}).values():
                assert content["schema"], f"{name} answers with anything"
        if name.startswith(("POST", "PUT", "PATCH")) and not name.endswith(WITHOUT_BODY):
            assert call["requestBody"]["content"], name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for node in nodes(document):
        if isinstance(target := node.get("$ref"), str):
            assert target.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_names_are_valid(document: dict[str, Any]) -> None:
    """OpenAPI 3.1: names of components match this pattern."""
    for kind in document["components"].values():
        assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in kind)
    assert all("__" not in name for name in document["components"]["schemas"])


def test_no_field_has_a_default(document: dict[str, Any]) -> None:
    """Generators take a field with a default for one that the caller must give."""
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert "default" not in described, f"{name}.{field}"


def test_vendors_options_and_ids_are_typed(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Vendor"]["enum"] == list(vendors())
    for name in ("OptionsBody", "Options"):
        for vendor in vendors():
            assert "$ref" in schemas[name]["properties"][vendor], f"{name}.{vendor}"
    for name, call in calls(document):
        for parameter in call.get("parameters", ()):
            if parameter["name"] in ("message_id", "terminal_id"):
                assert parameter["schema"]["pattern"], name
            if parameter["name"] == "vendor":
                assert parameter["schema"] == {"$ref": "#/components/schemas/Vendor"}, name
