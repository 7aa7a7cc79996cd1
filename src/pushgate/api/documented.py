"""OpenAPI for bodies that are read by hand: their schemas and examples, and the problems every call may answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from pushgate import __version__
from pushgate.api.problems import MEDIA_TYPE

_REF = "#/components/schemas/{model}"
_documented: dict[str, type[BaseModel]] = {}

DESCRIPTION = """One interface for Huawei, Xiaomi, APNs, FCM and more: content in several languages, a push time and
the receiving terminals, once. Errors are problem documents (RFC 9457) whose `errors` name every bad field."""


def takes(
    model: type[BaseModel],
    media_type: str = "application/json",
    *,
    many: bool = False,
    required: bool = True,
) -> dict[str, Any]:
    """What a route says of its body."""
    _documented[model.__name__] = model
    schema: dict[str, Any] = {"$ref": _REF.format(model=model.__name__)}
    if many:
        schema = {"oneOf": [schema, {"type": "array", "items": schema, "maxItems": 1000}]}
    return {"requestBody": {"required": required, "content": {media_type: {"schema": schema}}}}


def install(app: FastAPI) -> None:
    """Make `/openapi.json` tell all of it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title="Pushgate", version=__version__, description=DESCRIPTION, routes=app.routes
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name, model in _documented.items():
                schema = model.model_json_schema(ref_template=_REF)
                schemas.update(schema.pop("$defs", {}))
                schemas[name] = schema
            schemas["Problem"] = _PROBLEM
            for calls in document["paths"].values():
                for call in calls.values():
                    call["responses"].pop("422", None)
                    call["responses"]["default"] = {
                        "description": "A problem document",
                        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
                    }
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend its document


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "example": {
        "type": "about:blank",
        "title": "The request is not valid",
        "status": 422,
        "detail": "1 field(s) are not valid",
        "errors": [
            {"field": "push_time", "message": "needs an offset, such as 2027-01-01T20:00:00+08:00 or ...Z"}
        ],
    },
}
