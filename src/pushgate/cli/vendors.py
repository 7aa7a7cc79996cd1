"""All that the code knows of vendors, as Markdown: settings, options, codes and what follows them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

import orjson
from pydantic import BaseModel

from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent
from pushgate.adapters.registry import vendors
from pushgate.adapters.response_codes import CallFailure, ResponseCode
from pushgate.adapters.vendor import Feature, Vendor
from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope

_HEAD = """# Vendors' settings, options and codes

`make docs` writes this document from the code. The [pages of the vendors](vendors/index.md) have the facts behind it, with their sources.

The first table shows what each vendor supports, and its limits. Title and body are limited in characters; a limit called width counts a
Chinese, Japanese or Korean character as 2. The second table has Pushgate's own failure codes. The third table has the settings of every
vendor's section. The tables of vendors' codes say what pauses when a vendor refuses calls: after five consecutive refusals, or for as long as the vendor asks. Everything else continues.
"""
_Schema = Mapping[str, Any]
"""JSON Schema as pydantic writes it."""
_FOLLOWS = {
    Outcome.ACCEPTED: "accepted",
    Outcome.INVALID: "invalid: the terminal leaves the registry",
    Outcome.REJECTED: "rejected",
    Outcome.RETRY: "tried again",
    Outcome.UNKNOWN: "sent again, unless the message is to be sent at most once",
    CallFailure.AUTH: "new credential, once more; then as refused",
    CallFailure.THROTTLED: "wait as asked, tried again",
    CallFailure.DAY_QUOTA: "tried again after the vendor's day",
    CallFailure.UNAVAILABLE: "tried again",
    CallFailure.REFUSED: "an operator must act; tried again until the time to live is over",
}


_PAUSED = {
    None: "",
    RefusalScope.APP: "the app's pushes to this vendor",
    RefusalScope.TOPIC: "pushes to this topic",
    RefusalScope.CHANNEL: "pushes of this channel",
    RefusalScope.CLASS: "pushes of this class",
    RefusalScope.RECEIPT: "pushes with this receipt address",
    RefusalScope.CALL: "this call alone",
    RefusalScope.HOST: "pushes to this host",
}
_COUNTED = {
    ReportedEvent.DELIVERED: "`delivered`",
    ReportedEvent.CLICKED: "`clicked`",
    ReportedEvent.MUTED: "`muted`",
    ReportedEvent.INVALID: "`gone`: the terminal leaves the registry",
    None: "nothing",
}


def markdown() -> str:
    """The whole document."""
    parts = [
        _HEAD,
        _overview(),
        _failure_codes(),
        _fields("Setting of every vendor", VendorSettings, frozenset()),
    ]
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
        texts = [_most(limit, limits.unit) for limit in (limits.max_title, limits.max_body)]
        most = [*texts, _most(limits.max_bytes, "")]
        days = limits.max_ttl / timedelta(days=1)
        kept = f"{days:g} day{'' if days == 1 else 's'}"
        receipts = ", ".join(sorted(event.value for event in vendor.receipt_events))
        rows.append(f"| `{name}` | {' | '.join([*has, *most, kept, receipts])} |")
    return "\n".join(rows) + "\n"


def _failure_codes() -> str:
    """Pushgate's own codes, which occur beside those of every vendor."""
    rows = ["| Pushgate's own failure code | Meaning |", "|---|---|"]
    rows += [f"| `{code.value}` | {code.meaning} |" for code in FailureCode]
    return "\n".join(rows) + "\n"


def _most(limit: int | None, unit: str) -> str:
    return f"{unit} {limit:,}".strip() if limit else ""


def _vendor(vendor: Vendor) -> str:
    quota = f"{vendor.quota.per_second:,.0f} pushes a second" if vendor.quota.per_second else "none"
    receipts = ", ".join(sorted(event.value for event in vendor.receipt_events)) or "none"
    return "\n".join(
        [
            f"## `{vendor.name}`\n",
            f"Tokens a request: {vendor.max_batch:,}. Rate limit unless set: {quota}. Receipts: {receipts}. "
            f"Facts and sources: [{vendor.name}](vendors/{vendor.name}.md).\n",
            _fields(
                f"Setting in `[apps.<app>.{vendor.name}]`",
                vendor.settings,
                VendorSettings.model_fields.keys(),
            ),
            _fields(f"Option in `options.{vendor.name}`", vendor.options, frozenset()),
            *([_classes(vendor.message_classes)] if vendor.message_classes else []),
            _codes(vendor.codes),
            *([_receipts(vendor.receipts)] if vendor.receipts else []),
        ]
    )


def _fields(title: str, model: type[BaseModel], known: Collection[str]) -> str:
    schema = model.model_json_schema()
    own = {
        name: field
        for name, field in schema.get("properties", {}).items()
        if name == "endpoint" or name not in known
    }
    rows = [f"| {title} | Takes | |", "|---|---|---|"]
    rows += _rows({**schema, "properties": own}, schema.get("$defs", {}))
    return "\n".join(rows) + "\n"


def _rows(schema: _Schema, definitions: _Schema, path: str = "") -> Iterator[str]:
    """A row a field; those of an object follow it."""
    for name, field in schema.get("properties", {}).items():
        options = field.get("anyOf", [field])
        notes = [next((some["description"] for some in (field, *options) if "description" in some), "")]
        if name in schema.get("required", []):
            notes.append("required")
        elif field.get("default") not in (None, "", []):
            notes.append(f"default `{_text(field['default'])}`")
        told = "; ".join(note for note in notes if note).replace("|", "\\|")
        yield f"| `{path}{name}` | {', '.join(_takes(field, definitions))} | {told} |"
        for option in options:
            for place, part in ((".", option), ("[].", option.get("items", {}))):
                inner = definitions.get(part.get("$ref", "").rpartition("/")[2], {})
                yield from _rows(inner, definitions, f"{path}{name}{place}")


def _takes(field: _Schema, definitions: _Schema) -> Iterator[str]:
    """What a field may hold, without the null that leaves it unset."""
    for option in field.get("anyOf") or [field]:
        match option:
            case {"type": "null"}:
                continue
            case {"$ref": str(name)}:
                yield from _takes(definitions.get(name.rpartition("/")[2], {}), definitions)
            case {"enum": list(values)}:
                yield from (f"`{_text(value)}`" for value in values)
            case {"const": value}:
                yield f"`{_text(value)}`"
            case {"type": "array", "items": dict(items)}:
                yield f"list of {', '.join(_takes(items, definitions))}"
            case {"type": str(kind)}:
                bounds = _bounds(kind, option)
                longest = f", up to {option['maxLength']}" if "maxLength" in option else ""
                yield f"{kind}{bounds}{longest}"
            case _:
                yield "any JSON"


def _bounds(kind: str, field: _Schema) -> str:
    """From what to what, where both ends are set."""
    whole = kind == "integer"
    low, below = field.get("minimum"), field.get("exclusiveMinimum")
    high, above = field.get("maximum"), field.get("exclusiveMaximum")
    if whole and below is not None:
        low = below + 1
    if whole and above is not None:
        high = above - 1
    return f" {_text(low)} to {_text(high)}" if low is not None and high is not None else ""


def _classes(classes: MessageClasses) -> str:
    rows = ["| `options.category` | Sets, unless the message sets it |", "|---|---|"]
    for category, options in classes.items():
        told = ", ".join(f"`{name}` = `{orjson.dumps(value).decode()}`" for name, value in options.items())
        rows.append(f"| `{category}` | {told} |")
    return "\n".join(rows) + "\n"


def _codes(codes: Mapping[str, ResponseCode]) -> str:
    rows = ["| Code | Meaning | What Pushgate does | What pauses |", "|---|---|---|---|"]
    rows += [
        f"| `{code}` | {rule.meaning} | {_follows(rule)} | {_PAUSED[rule.pauses]} |"
        for code, rule in codes.items()
    ]
    return "\n".join(rows) + "\n"


def _receipts(receipts: Mapping[str, ReceiptCode]) -> str:
    rows = ["| Receipt | Meaning | What Pushgate does |", "|---|---|---|"]
    rows += [f"| `{code}` | {told.meaning} | {_COUNTED[told.event]} |" for code, told in receipts.items()]
    return "\n".join(rows) + "\n"


def _follows(rule: ResponseCode) -> str:
    return f"{_FOLLOWS[rule.effect]}, and counted as muted" if rule.muted else _FOLLOWS[rule.effect]


def _text(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value)
