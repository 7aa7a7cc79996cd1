"""The reference of all vendors as Markdown: what each supports, its settings, options and codes."""

from collections.abc import Mapping
from datetime import timedelta

import orjson

from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent
from pushgate.adapters.registry import vendors
from pushgate.adapters.response_codes import CallFailure, ResponseCode
from pushgate.adapters.vendor import Feature, Vendor
from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.cli.schema_table import field_table
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope

_HEAD = (
    "# Vendors' settings, options and codes\n"
    "\n"
    "`make docs` writes this document from the code. The [pages of the vendors](vendors/index.md) "
    "have the facts behind it, with their sources.\n"
    "\n"
    "The first table shows what each vendor supports, and its limits. Title and body are limited in "
    "characters; a limit called width counts a\n"
    "Chinese, Japanese or Korean character as 2. The second table has Pushgate's own failure codes. "
    "The third table has the settings of every\n"
    "vendor's section. The tables of vendors' codes say what pauses when a vendor refuses calls: "
    "after five consecutive refusals, or for as long as the vendor asks. Everything else continues.\n"
)
_ACTIONS = {
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


_PAUSES = {
    None: "",
    RefusalScope.APP: "the app's pushes to this vendor",
    RefusalScope.TOPIC: "pushes to this topic",
    RefusalScope.CHANNEL: "pushes of this channel",
    RefusalScope.CLASS: "pushes of this class",
    RefusalScope.RECEIPT: "pushes with this receipt address",
    RefusalScope.CALL: "this call alone",
    RefusalScope.HOST: "pushes to this host",
}
_RECEIPT_ACTIONS = {
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
        field_table("Setting of every vendor", VendorSettings, frozenset()),
    ]
    parts += [_vendor(vendor) for _, vendor in sorted(vendors().items())]
    return "\n".join(parts)


def _overview() -> str:
    """What each vendor supports, and its limits."""
    features = " | ".join(feature.value for feature in Feature)
    rows = [
        f"| Vendor | {features} | title | body | bytes | stored up to | receipts |",
        f"|---{'|---' * (len(Feature) + 5)}|",
    ]
    for name, vendor in sorted(vendors().items()):
        has = ["yes" if feature in vendor.features else "" for feature in Feature]
        limits = vendor.limits
        texts = [_limit(limit, limits.unit) for limit in (limits.max_title, limits.max_body)]
        shown = [*texts, _limit(limits.max_bytes, "")]
        days = limits.max_ttl / timedelta(days=1)
        kept_for = f"{days:g} day{'' if days == 1 else 's'}"
        receipts = ", ".join(sorted(event.value for event in vendor.receipt_events))
        rows.append(f"| `{name}` | {' | '.join([*has, *shown, kept_for, receipts])} |")
    return "\n".join(rows) + "\n"


def _failure_codes() -> str:
    """Pushgate's own codes, which occur beside those of every vendor."""
    rows = ["| Pushgate's own failure code | Meaning | Remedy |", "|---|---|---|"]
    rows += [f"| `{code.value}` | {code.meaning} | {code.remedy} |" for code in FailureCode]
    return "\n".join(rows) + "\n"


def _limit(limit: int | None, unit: str) -> str:
    return f"{unit} {limit:,}".strip() if limit else ""


def _vendor(vendor: Vendor) -> str:
    quota = f"{vendor.quota.per_second:,.0f} pushes a second" if vendor.quota.per_second else "none"
    receipts = ", ".join(sorted(event.value for event in vendor.receipt_events)) or "none"
    return "\n".join(
        [
            f"## `{vendor.name}`\n",
            f"Tokens a request: {vendor.max_batch:,}. Rate limit unless set: {quota}. Receipts: {receipts}. "
            f"Facts and sources: [{vendor.name}](vendors/{vendor.name}.md).\n",
            field_table(
                f"Setting in `[apps.<app>.{vendor.name}]`",
                vendor.settings,
                VendorSettings.model_fields.keys(),
            ),
            field_table(f"Option in `options.{vendor.name}`", vendor.options, frozenset()),
            *([_classes(vendor.message_classes)] if vendor.message_classes else []),
            _codes(vendor.codes),
            *([_receipts(vendor.receipts)] if vendor.receipts else []),
        ]
    )


def _classes(classes: MessageClasses) -> str:
    rows = ["| `options.category` | Sets, unless the message sets it |", "|---|---|"]
    for category, options in classes.items():
        written = ", ".join(f"`{name}` = `{orjson.dumps(value).decode()}`" for name, value in options.items())
        rows.append(f"| `{category}` | {written} |")
    return "\n".join(rows) + "\n"


def _codes(codes: Mapping[str, ResponseCode]) -> str:
    rows = ["| Code | Meaning | What Pushgate does | What pauses |", "|---|---|---|---|"]
    rows += [
        f"| `{code}` | {rule.meaning} | {_action(rule)} | {_PAUSES[rule.pauses]} |"
        for code, rule in codes.items()
    ]
    return "\n".join(rows) + "\n"


def _receipts(receipts: Mapping[str, ReceiptCode]) -> str:
    rows = ["| Receipt | Meaning | What Pushgate does |", "|---|---|---|"]
    rows += [
        f"| `{code}` | {receipt.meaning} | {_RECEIPT_ACTIONS[receipt.event]} |"
        for code, receipt in receipts.items()
    ]
    return "\n".join(rows) + "\n"


def _action(rule: ResponseCode) -> str:
    return f"{_ACTIONS[rule.effect]}, and counted as muted" if rule.muted else _ACTIONS[rule.effect]
