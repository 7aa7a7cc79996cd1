"""A vendor's section as a form: its fields from the vendor's settings, and the document that a
filled form stands for. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Vendor
from pushgate.console.json_text import parse_json

Kind = Literal["text", "lines", "secret", "number", "choice", "switch", "json"]
_TYPES: Mapping[str, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "switch",
    "object": "json",
    "array": "json",
}
_FOLDED = frozenset({"proxy", "ca", "receipt_key", "receipt_token"})
"""Secrets and files that few apps need."""

_MAX_LINE = 4096
"""Characters; settings that may have more are contents of files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionField:
    """A setting of a vendor. `value` is the text that stands in the field; a secret has none."""

    name: str
    kind: Kind
    hint: str
    choices: Sequence[str]
    is_needed: bool
    is_folded: bool
    value: str
    placeholder: str


def section_fields(vendor: str, current: Mapping[str, object] | None) -> list[SectionField]:
    """Return the fields of a vendor, the needed ones first. `current` are the settings in use.
    Raises KeyError for an unknown vendor.
    """
    known = vendors()[vendor]
    schema = known.settings.model_json_schema()
    needed = {*schema.get("required", ()), *known.settings.required}
    fields = [
        _field(known, name, cast("dict[str, object]", part), needed, current or {})
        for name, part in schema["properties"].items()
        if not name.endswith("_file")
    ]
    return sorted(fields, key=lambda field: (field.is_folded, field.kind == "secret", not field.is_needed))


def read_section(
    vendor: str, typed: Mapping[str, str], current: Mapping[str, object] | None
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the settings that a form changes, and the texts of fields that are no JSON. An empty
    secret stays as it is, another empty field goes back to its default.
    """
    section: dict[str, object] = {}
    faulty: dict[str, str] = {}
    for field in section_fields(vendor, current):
        text = typed.get(field.name, field.value).strip()
        if text == field.value.strip() or (field.kind == "secret" and not text):
            continue
        try:
            section[field.name] = _value(field.kind, text)
        except ValueError:
            faulty[field.name] = text
    return section, faulty


def _field(
    vendor: Vendor, name: str, part: Mapping[str, object], needed: set[str], current: Mapping[str, object]
) -> SectionField:
    kind, choices = _kind(part)
    is_secret = name in vendor.secrets
    is_needed = name in needed
    default = part.get("default")
    shown = current.get(name, default if kind in ("choice", "switch") else None)
    return SectionField(
        name=name,
        kind="secret" if is_secret else kind,
        hint=str(part.get("description", "")),
        choices=choices,
        is_needed=is_needed,
        is_folded=name in _FOLDED or not (is_needed or is_secret or _is_credential(name)),
        value="" if is_secret else _text(shown),
        placeholder="" if is_secret or default is None else _text(default),
    )


def _is_credential(name: str) -> bool:
    return name in ("team_id", "key_id", "project_id", "client_id", "region")


def _kind(part: Mapping[str, object]) -> tuple[Kind, Sequence[str]]:
    """Return how a setting is typed in, and what can be chosen."""
    branches = cast("list[Mapping[str, object]]", part.get("anyOf", [part]))
    plain = next((one for one in branches if one.get("type") != "null"), part)
    if "enum" in plain:
        return "choice", [_text(one) for one in cast("list[object]", plain["enum"])]
    if cast("int", plain.get("maxLength", 0)) > _MAX_LINE:
        return "lines", ()
    return _TYPES.get(str(plain.get("type")), "json"), ()


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(kind: Kind, text: str) -> object:
    """Return what a text stands for. Raises ValueError where JSON is needed and it is none."""
    if not text:
        return None
    if kind in ("json", "switch"):
        return parse_json(text)
    if kind in ("number", "choice") and text.lstrip("-").replace(".", "", 1).isdigit():
        return parse_json(text)
    return text
