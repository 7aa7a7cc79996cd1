"""Compares every answer that a test gets with the
OpenAPI document, and every request that was taken."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

PROBLEM = "application/problem+json"


class Contract:
    """An httpx event hook for responses.
    Raises AssertionError for what the document does not describe."""

    def __init__(self, app: FastAPI) -> None:
        self._document = app.openapi()
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]*", re.escape(path))), calls)
            for path, calls in self._document["paths"].items()
        ]

    async def __call__(self, response: httpx.Response) -> None:
        """Check the response and its request."""
        await response.aread()
        call = self._call(response.request)
        if call is None:
            self._check_problem(response)
            return
        told = call["responses"].get(str(response.status_code))
        if told is None:
            self._check_problem(response)
            return
        self._check_answer(response, told)
        # A batch is taken when items of it are not.
        if response.is_success and b'"problem":' not in response.content:
            self._check_request(response.request, call)

    def _call(self, request: httpx.Request) -> dict[str, Any] | None:
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        method = "get" if request.method == "HEAD" else request.method.lower()
        for pattern, calls in self._paths:
            if pattern.fullmatch(path) and method in calls:
                found: dict[str, Any] = calls[method]
                return found
        return None

    def _check_problem(self, response: httpx.Response) -> None:
        path = response.request.url.path
        if response.request.method == "OPTIONS" or path == "/openapi.json" or path.startswith("/docs"):
            return
        assert response.status_code >= 400, f"undocumented: {_name(response)}"
        assert response.headers["content-type"] == PROBLEM, _name(response)
        if response.request.method != "HEAD":
            schema = {"$ref": "#/components/schemas/Problem"}
            _check(self._document, schema, response.content, _name(response), strict=True)

    def _check_answer(self, response: httpx.Response, told: dict[str, Any]) -> None:
        content = told.get("content")
        if content is None:
            assert not response.content, f"undocumented body: {_name(response)}"
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content, f"undocumented media type {media_type}: {_name(response)}"
        if media_type == "application/json" and response.request.method != "HEAD":
            schema = content[media_type]["schema"]
            _check(self._document, schema, response.content, _name(response), strict=True)

    def _check_request(self, request: httpx.Request, call: dict[str, Any]) -> None:
        content = call.get("requestBody", {}).get("content", {})
        if "application/json" not in content or not (body := request.read()):
            return
        name = f"request of {request.method} {request.url.path}"
        schema = content["application/json"]["schema"]
        _check(self._document, schema, body.removeprefix(b"\xef\xbb\xbf"), name, strict=False)


_known: list[Contract] = []


def client_of(app: FastAPI, headers: Mapping[str, str] | httpx.Headers | None = None) -> httpx.AsyncClient:
    """A client of an application that checks every answer.
    All applications of a session have the same routes."""
    if not _known:
        _known.append(Contract(app))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://pushgate",
        headers=headers,
        event_hooks={"response": [_known[0]]},
    )


def _name(response: httpx.Response) -> str:
    request = response.request
    return f"{response.status_code} {request.method} {request.url.path}: {response.text[:500]}"


_validators: dict[tuple[bytes, bool], Draft202012Validator] = {}


def _check(document: dict[str, Any], schema: dict[str, Any], body: bytes, name: str, *, strict: bool) -> None:
    key = (orjson.dumps(schema), strict)
    if key not in _validators:
        components = _closed(document["components"]) if strict else document["components"]
        whole = {**schema, "components": components}
        _validators[key] = Draft202012Validator(whole, validate_formats=True)
    faults = [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in _validators[key].iter_errors(orjson.loads(body))
    ]
    assert not faults, f"{name}\nis not as described: {faults}"


def _closed(schema: Any) -> Any:
    """The same schemas, taking no field that they do not name:
    so a field without description is found."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
