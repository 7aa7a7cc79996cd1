"""The OpenAPI document, with the schemas of bodies and responses that routes read and write by
hand.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from pushgate import __version__
from pushgate.adapters.registry import vendors
from pushgate.api import idempotency
from pushgate.api.http import json_response
from pushgate.api.imports.formats import CSV_TYPE, NDJSON_TYPE
from pushgate.api.problems import MEDIA_TYPE
from pushgate.api.schemas.audience import AudienceBody, AudienceNode
from pushgate.api.schemas.message_responses import Options
from pushgate.api.schemas.messages import OptionsBody
from pushgate.api.schemas.problems import Problem

_REF = "#/components/schemas/{model}"
_MODE: JsonSchemaMode = "validation"
_VENDORS = {"type": "string", "title": "Vendor", "description": "A push system.", "enum": list(vendors())}
_documented: set[type[BaseModel]] = {Problem, AudienceNode}

_KEY_PARAMETER = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": idempotency.DESCRIPTION,
    "schema": {
        "title": idempotency.HEADER,
        "description": idempotency.DESCRIPTION,
        "type": "string",
        "minLength": 1,
        "maxLength": idempotency.MAX_KEY,
        "pattern": idempotency.KEY_PATTERN,
    },
}
Operation = dict[str, Any]
"""A call in the document."""

DESCRIPTION = """One interface for Huawei, Xiaomi, APNs, FCM and more: content in several languages, a push
time and the receiving terminals, once. Errors are problem documents (RFC 9457) whose `errors` name
every bad field."""


def body_schema(
    model: type[BaseModel],
    media_type: str = "application/json",
    *,
    many: bool = False,
    lines: bool = False,
    other_type: str = "",
    required: bool = True,
) -> dict[str, Any]:
    """Return a route's description of its body: the model, an array of it too (`many`), or one a
    line. `other_type` is a type of text that the call takes as well.
    """
    schema = _reference(model)
    if lines:
        schema = {"type": "string", "contentMediaType": media_type, "contentSchema": schema}
    if many:
        schema = {"oneOf": [schema, {"type": "array", "items": schema, "maxItems": 1000}]}
    content = {media_type: {"schema": schema}}
    if other_type:
        content[other_type] = {"schema": {"type": "string"}}
    return {"requestBody": {"required": required, "content": content}}


def response_schema(
    model: type[BaseModel], status: int = 200, description: str = "Success"
) -> dict[int | str, dict[str, Any]]:
    """Return a route's description of a response."""
    content = {"application/json": {"schema": _reference(model)}}
    return {status: {"description": description, "content": content}}


def stream_schema(
    model: type[BaseModel], media_type: str, other_type: str = ""
) -> dict[int | str, dict[str, Any]]:
    """Return a route's description of a response with one model a line, or another type of
    text.
    """
    lines = {"type": "string", "contentMediaType": media_type, "contentSchema": _reference(model)}
    content: dict[str, Any] = {media_type: {"schema": lines}}
    if other_type:
        content[other_type] = {"schema": {"type": "string"}}
    return {200: {"description": "Success", "content": content}}


def list_schema(
    page: type[BaseModel], line: type[BaseModel], *, csv: bool = True
) -> dict[int | str, dict[str, Any]]:
    """Return a route's description of a list: in pages, as lines of JSON, or as CSV."""
    response = response_schema(page)[200]
    stream = stream_schema(line, NDJSON_TYPE, CSV_TYPE if csv else "")[200]
    return {200: {**response, "content": {**response["content"], **stream["content"]}}}


def operation(
    call: Callable[..., object],
    *,
    operation_id: str,
    tag: str,
    body: Mapping[str, Any],
    responses: Mapping[int | str, dict[str, Any]],
) -> Operation:
    """Return the description of a direct route's call, whose docstring becomes its text."""
    return {
        "tags": [tag],
        "description": inspect.getdoc(call),
        "operationId": operation_id,
        "security": [{"api_key": []}],
        "parameters": [_KEY_PARAMETER],
        "responses": {str(status): dict(response) for status, response in responses.items()},
        **body,
    }


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    _documented.add(model)
    return {"$ref": _REF.format(model=model.__name__)}


class _Schemas(GenerateJsonSchema):
    """Writes a default as `x-default`: generators of clients take a field with `default` as
    required.
    """

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema without its `default`."""
        found = super().default_schema(schema)
        default = found.pop("default", None)
        # A default of an empty list or object only says that the field is optional.
        if default not in (None, [], {}) and "$ref" not in found:
            found["x-default"] = default
        return found


def install(app: FastAPI, posts: Mapping[str, Operation]) -> None:
    """Add `/openapi.json`, a call like the others: it takes no parameter, no body and no key.

    `posts` are the calls of direct routes, by path.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, posts)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend its document

    @app.get("/openapi.json", include_in_schema=False)
    async def describe() -> Response:
        return json_response(openapi())


def _document(app: FastAPI, posts: Mapping[str, Operation]) -> dict[str, Any]:
    document = get_openapi(title="Pushgate", version=__version__, description=DESCRIPTION, routes=app.routes)
    paths = document["paths"]
    own = {path: {"post": {**post}, **paths.get(path, {})} for path, post in posts.items()}
    document["paths"] = {**own, **{path: calls for path, calls in paths.items() if path not in own}}
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    components.update(_schemas())
    for calls in document["paths"].values():
        for call in calls.values():
            call["summary"] = call["operationId"].replace("_", " ").capitalize()
            call["responses"].pop("422", None)
            call["responses"]["default"] = {
                "description": "A problem document",
                "content": {MEDIA_TYPE: {"schema": _reference(Problem)}},
            }
            for parameter in call.get("parameters", ()):
                parameter["schema"] = _never_null(parameter["schema"])
    named: dict[str, Any] = _with_named_vendors(document)
    named["components"]["schemas"]["Vendor"] = _VENDORS
    return named


def _schemas() -> dict[str, Any]:
    extras = {name: vendor.options for name, vendor in vendors().items()}
    wanted = sorted({*_documented, *extras.values()}, key=lambda model: model.__name__)
    _, found = models_json_schema(
        [(model, _MODE) for model in wanted], ref_template=_REF, schema_generator=_Schemas
    )
    schemas: dict[str, Any] = found["$defs"]
    for model in (Options, OptionsBody):
        options = schemas[model.__name__]
        options["properties"] |= {name: _reference(model) for name, model in extras.items()}
        options.pop("additionalProperties", None)
    schemas[OptionsBody.__name__]["additionalProperties"] = False
    audience = schemas[AudienceBody.__name__]
    audience["properties"] = schemas[AudienceNode.__name__]["properties"] | audience["properties"]
    audience["additionalProperties"] = False
    return schemas


def _with_named_vendors(part: Any) -> Any:
    """Return the document with one schema for the names of vendors, to which all others refer."""
    if isinstance(part, list):
        return [_with_named_vendors(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("enum") == _VENDORS["enum"]:
        return {"$ref": _REF.format(model="Vendor")}
    return {key: _with_named_vendors(value) for key, value in part.items()}


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without null: a parameter that is left out is absent, and never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **kinds[0]}
