"""All that the code knows of vendors, as Markdown: settings, options, codes and what follows them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from enum import Enum

from pydantic import BaseModel

from pushgate.adapters.contract import Call, Feature, Rule, Vendor, VendorSettings
from pushgate.adapters.vendors import vendors
from pushgate.model import Outcome

_HEAD = """# Vendors' settings, options and codes

Written by `make docs` from the code; what it means is told in [vendors.md](vendors.md). The first table has what each vendor supports and its limits in
characters, as far as it has any but the bytes of all together; the second the settings that every vendor's section takes.
"""
_FOLLOWS = {
    Outcome.ACCEPTED: "accepted",
    Outcome.INVALID: "invalid: the terminal leaves the registry",
    Outcome.REJECTED: "rejected",
    Outcome.RETRY: "tried again",
    Outcome.UNKNOWN: "sent again, unless the message is to be sent at most once",
    Call.AUTH: "new credential, once more; then as refused",
    Call.THROTTLED: "wait as asked, tried again",
    Call.DAY_QUOTA: "tried again after the vendor's day",
    Call.UNAVAILABLE: "tried again",
    Call.REFUSED: "an operator must act; tried again until the time to live is over",
}


def markdown() -> str:
    """The whole document."""
    parts = [_HEAD, _overview(), _fields("Setting of every vendor", VendorSettings, frozenset())]
    parts += [_vendor(vendor) for _, vendor in sorted(vendors().items())]
    return "\n".join(parts)


def _overview() -> str:
    """What each vendor has, and its limits."""
    rows = [
        f"| Vendor | {' | '.join(feature.value for feature in Feature)} | title | body | bytes | kept up to | receipts |",
        f"|---{'|---' * (len(Feature) + 5)}|",
    ]
    for name, vendor in sorted(vendors().items()):
        has = ["yes" if feature in vendor.features else "" for feature in Feature]
        limits = vendor.limits
        most = [f"{limit:,}" if limit else "" for limit in (limits.title, limits.body, limits.size)]
        days = limits.longest / timedelta(days=1)
        receipts = ", ".join(sorted(event.value for event in vendor.events))
        rows.append(f"| `{name}` | {' | '.join([*has, *most, f'{days:g} days', receipts])} |")
    return "\n".join(rows) + "\n"


def _vendor(vendor: Vendor) -> str:
    quota = f"{vendor.quota.per_second:,.0f} pushes a second" if vendor.quota.per_second else "none"
    receipts = ", ".join(sorted(event.value for event in vendor.events)) or "none"
    return "\n".join(
        [
            f"## `{vendor.name}`\n",
            f"Tokens a request: {vendor.batch:,}. Rate limit unless set: {quota}. Receipts: {receipts}.\n",
            _fields(
                f"Setting in `[apps.<app>.{vendor.name}]`",
                vendor.settings,
                VendorSettings.model_fields.keys(),
            ),
            _fields(f"Option in `options.{vendor.name}`", vendor.extras, frozenset()),
            _codes(vendor.codes),
        ]
    )


def _fields(title: str, model: type[BaseModel], known: Collection[str]) -> str:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    own = [name for name in schema.get("properties", {}) if name == "endpoint" or name not in known]
    rows = [f"| {title} | Takes | |", "|---|---|---|"]
    for name in own:
        field = schema["properties"][name]
        notes = [field.get("description", "")]
        if name in required:
            notes.append("required")
        elif field.get("default") not in (None, "", []):
            notes.append(f"default `{_text(field['default'])}`")
        told = "; ".join(note for note in notes if note).replace("|", "\\|")
        rows.append(f"| `{name}` | {', '.join(_takes(field, schema.get('$defs', {})))} | {told} |")
    return "\n".join(rows) + "\n"


def _takes(field: Mapping[str, object], definitions: Mapping[str, object]) -> Iterator[str]:
    """What a field may hold, without the null that leaves it unset."""
    options = field.get("anyOf") or [field]
    assert isinstance(options, list)
    for option in options:
        match option:
            case {"type": "null"}:
                continue
            case {"$ref": str(name)}:
                definition = definitions.get(name.rpartition("/")[2], {})
                assert isinstance(definition, dict)
                yield from _takes(definition, definitions)
            case {"enum": list(values)}:
                yield from (f"`{_text(value)}`" for value in values)
            case {"const": value}:
                yield f"`{_text(value)}`"
            case {"type": str(kind), **more}:
                low = more.get("minimum", more.get("exclusiveMinimum"))
                high = more.get("maximum", more.get("exclusiveMaximum"))
                bounds = f" {_text(low)} to {_text(high)}" if low is not None and high is not None else ""
                longest = f", up to {more['maxLength']}" if "maxLength" in more else ""
                yield f"{kind}{bounds}{longest}"
            case _:
                yield "any JSON"


def _codes(codes: Mapping[str, Rule]) -> str:
    rows = ["| Code | Meaning | What Pushgate does |", "|---|---|---|"]
    rows += [f"| `{code}` | {rule.meaning} | {_FOLLOWS[rule.says]} |" for code, rule in codes.items()]
    return "\n".join(rows) + "\n"


def _text(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value)
