"""The reference of every call, from the OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from clients.generator.api_document import document
from pushgate.cli.schema_table import takes

HEAD: Final = """# API calls

Generated from the code by `make docs`. This page lists every call with its parameters and the fields of its
body. [HTTP API](http-api.md) explains the calls, [Errors](errors.md) lists the errors, and
`GET /openapi.json` has the same for programs. At `/docs` of a running API you can try the calls.
"""
Schema = Mapping[str, Any]


def api_calls() -> str:
    """The whole document."""
    api = document()
    by_tag: dict[str, list[str]] = {}
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            section = "".join(_call(method.upper(), path, operation, api["components"]["schemas"]))
            by_tag.setdefault(operation["tags"][0], []).append(section)
    return HEAD + "".join(
        f"\n## {tag.capitalize()}\n{''.join(sections)}" for tag, sections in sorted(by_tag.items())
    )


def _call(method: str, path: str, operation: Schema, schemas: Schema) -> Iterator[str]:
    yield f"\n### `{method} {path}`\n\n{_paragraphs(operation.get('description', ''))}\n\n"
    yield f"Operation id: `{operation['operationId']}`\n"
    rows = [
        _row(part["name"], part["in"], part["schema"], part, schemas)
        for part in operation.get("parameters", [])
    ]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        fields, more = _body(content["schema"], schemas)
        required = fields.get("required", [])
        properties = fields.get("properties", {})
        rows += [
            _row(name, "body", field, {"required": name in required, **field}, schemas)
            for name, field in properties.items()
        ]
        if more or not properties:
            yield f"\nThe body is `{media_type}`. {more}".rstrip() + "\n"
    if rows:
        yield "\n| Name | In | Takes | Meaning |\n|---|---|---|---|\n" + "".join(rows)
    statuses = [status for status in operation["responses"] if status != "default"]
    yield f"\nAnswers: {', '.join(f'`{status}`' for status in statuses)}\n"


def _body(schema: Schema, schemas: Schema) -> tuple[Schema, str]:
    """What has the fields of a body, and a sentence on a body that is more than an object with
    fields.
    """
    whole = _resolved(schema, schemas)
    if "contentSchema" in whole:
        return _resolved(whole["contentSchema"], schemas), "Each line is an object with these fields."
    for kind in whole.get("oneOf", []):
        if kind.get("type") == "array":
            most = f"{kind['maxItems']:,}"
            return _resolved(kind["items"], schemas), f"One object, or an array of up to {most}."
    words = " ".join(whole.get("description", "").split())
    return whole, "" if "properties" in whole else words[:1].upper() + words[1:]


def _row(name: str, place: str, schema: Schema, described: Schema, schemas: Schema) -> str:
    kinds = ", ".join(dict.fromkeys(takes(schema, schemas)))
    notes = [" ".join(str(described.get("description", "")).split()).replace("|", "\\|")]
    if described.get("required"):
        notes.append("required")
    if schema.get("default") not in (None, "", []):
        notes.append(f"default `{schema['default']}`")
    return f"| `{name}` | {place} | {kinds} | {'; '.join(note for note in notes if note)} |\n"


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    """The schema itself where it is a reference to one."""
    found: Schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
