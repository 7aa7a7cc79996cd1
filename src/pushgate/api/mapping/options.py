"""The options of a message, JSON <-> domain; those of each vendor by the vendor's own
schema. Pure.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import orjson
from pydantic import ValidationError

from pushgate.adapters.client_data import RESERVED_KEYS
from pushgate.adapters.registry import vendors
from pushgate.api.field_errors import field_errors
from pushgate.api.mapping.canaries import check_canary_options, from_canary, to_canary
from pushgate.api.mapping.content import RESERVED_KEY
from pushgate.api.schemas.messages import OptionsBody
from pushgate.domain.durations import format_duration
from pushgate.domain.errors import FieldError
from pushgate.domain.message import DEFAULT_OPTIONS, Category, InQuietHours, Options
from pushgate.settings.apps import AppSettings

NO_CATEGORIES: Mapping[str, Category] = {}
_KNOWN = tuple(category.value for category in Category)
_SECOND = timedelta(seconds=1)


def to_options(
    written: OptionsBody, errors: list[FieldError], categories: Mapping[str, Category] = NO_CATEGORIES
) -> Options:
    """Return the options. A key that is no option must be the name of a vendor. Adds errors.

    `categories` are those of the app's own; where there are any, other names are refused.
    """
    if not written.model_fields_set:
        return DEFAULT_OPTIONS
    of_vendors = to_vendor_options(written.model_extra or {}, errors)
    if written.silent and written.badge is not None:
        errors.append(FieldError("options.badge", "has no effect in a silent push; leave out one of the two"))
    category, own_category = _to_category(written.category, errors, categories)
    errors += _check_spread(written)
    errors += _check_clearing(written)
    options = Options(
        ttl=timedelta(seconds=written.ttl),
        priority=written.priority,
        delivery=written.delivery,
        collapse_key=written.collapse_key,
        on_too_long=written.on_too_long,
        dry_run=written.dry_run,
        silent=written.silent,
        badge=written.badge,
        category=category,
        own_category=own_category,
        quiet_hours=written.quiet_hours or InQuietHours.LEAVE_OUT,
        require_audience=written.require_audience,
        spread=written.spread,
        canary=to_canary(written.canary),
        clear_on_click=written.clear_on_click,
        vendors=of_vendors,
    )
    errors += check_canary_options(options)
    return options


def with_quiet_hours(options: Options, settings: AppSettings) -> Options:
    """Return the options, with the app's setting for quiet hours where the message names none. A
    silent message is sent at any hour. A message with a canary is not held: else the canary would
    be judged without the terminals in quiet hours.
    """
    if not settings.quiet_hours:  # as in most apps
        return options
    found = settings.in_quiet_hours(options.category_name)
    stays = options.silent or options.canary or found is options.quiet_hours
    return options if stays else replace(options, quiet_hours=found)


def _to_category(
    written: str | None, errors: list[FieldError], categories: Mapping[str, Category]
) -> tuple[Category | None, str]:
    """Return the category that decides the vendors' classes, or the name of the app's own category.
    Adds an error for a name that the app does not have.
    """
    if written is None:
        return None, ""
    if written in _KNOWN:
        return Category(written), ""
    if categories and written not in categories:
        known = ", ".join([*_KNOWN, *categories])
        text = f"is no category of the app: name one of {known}, or add it to the app's categories"
        errors.append(FieldError("options.category", text))
    return categories.get(written), written


def _check_spread(written: OptionsBody) -> list[FieldError]:
    if written.spread is None:
        return []
    if written.spread < _SECOND:
        return [FieldError("options.spread", "must be at least 1s; leave it out to send at once")]
    if written.spread >= timedelta(seconds=written.ttl):
        text = f"must be shorter than the time to live, options.ttl ({written.ttl} s): the rest would expire"
        return [FieldError("options.spread", text)]
    return []


def _check_clearing(written: OptionsBody) -> list[FieldError]:
    if not written.clear_on_click:
        return []
    beside = "silent" if written.silent else "dry_run" if written.dry_run else ""
    if not beside:
        return []
    text = f"has no effect beside options.{beside}: nothing is shown; leave out one of the two"
    return [FieldError("options.clear_on_click", text)]


def to_vendor_options(
    written: Mapping[str, object], errors: list[FieldError]
) -> dict[str, dict[str, object]]:
    """Return the options of known vendors, by vendor. Adds errors."""
    found: dict[str, dict[str, object]] = {}
    for name, value in written.items():
        if name not in vendors():
            text = f"is neither an option nor one of the vendors {', '.join(vendors())}"
            errors.append(FieldError(f"options.{name[:40]}", text))
        elif not isinstance(value, dict):
            text = "must be an object with the vendor's own options"
            errors.append(FieldError(f"options.{name}", text))
        elif not _fits_64_bits(value):
            text = "holds a number beyond 64 bits; no vendor takes one"
            errors.append(FieldError(f"options.{name}", text))
        else:
            errors += _check_schema(name, value)
            errors += [FieldError(path, RESERVED_KEY) for path in _reserved_keys(value, f"options.{name}")]
            found[name] = value
    return found


def from_options(options: Options) -> dict[str, object]:
    """Return the options as JSON, those of each vendor under its name."""
    return _DEFAULTS.copy() if options is DEFAULT_OPTIONS else _from_options(options)


def _from_options(options: Options) -> dict[str, object]:
    return {
        "ttl": options.ttl // _SECOND,
        "priority": options.priority.value,
        "delivery": options.delivery.value,
        "collapse_key": options.collapse_key,
        "on_too_long": options.on_too_long.value,
        "dry_run": options.dry_run,
        "silent": options.silent,
        "badge": options.badge,
        "category": options.category_name or None,
        "quiet_hours": options.quiet_hours.value,
        "require_audience": options.require_audience,
        "spread": format_duration(options.spread) if options.spread is not None else None,
        "canary": from_canary(options.canary),
        "clear_on_click": options.clear_on_click,
        **{vendor: dict(of_vendor) for vendor, of_vendor in options.vendors.items()},
    }


_DEFAULTS = _from_options(DEFAULT_OPTIONS)


def _check_schema(vendor: str, written: dict[str, object]) -> list[FieldError]:
    """Return an error for each option that the vendor does not have, or has in another type."""
    try:
        # Validated as JSON, because the caller wrote JSON: then a list is valid where the schema
        # has a tuple.
        vendors()[vendor].options.model_validate_json(orjson.dumps(written))
    except ValidationError as error:
        return field_errors(error, f"options.{vendor}")
    return []


def _reserved_keys(value: object, path: str) -> Iterator[str]:
    """Yield the paths of options with one of Pushgate's own keys.

    The client app would take the value of such an option for Pushgate's.
    """
    for name, item in _items(value):
        item_path = f"{path}.{name}"
        if name in RESERVED_KEYS:
            yield item_path
        yield from _reserved_keys(item, item_path)


def _items(value: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _fits_64_bits(value: object) -> bool:
    """Return whether every number in the value can be stored and sent again."""
    if isinstance(value, dict):
        return all(map(_fits_64_bits, value.values()))
    if isinstance(value, list):
        return all(map(_fits_64_bits, value))
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not isinstance(value, float) or math.isfinite(value)
