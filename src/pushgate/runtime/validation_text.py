"""Texts for the validation errors of pydantic. Pure."""

import re
from collections.abc import Mapping

_CURSOR = "is no cursor of this call; take `next_cursor` of the page before, or leave it out to begin"
PATTERNS: Mapping[str, str] = {
    r"^[A-Za-z0-9._~:@=+\-]{1,128}$": "takes 1 to 128 letters, digits and . _ ~ : @ = + -",
    r"^[0-9a-f]{30}$": "is no id of a message: 30 of the digits 0 to 9 and a to f",
    r"^[a-z0-9][a-z0-9-]{0,31}$": "is no name of an app: 1 to 32 lower-case letters, digits and -",
    r"^[0-9]{1,9}[smhd]$": "takes a number with s, m, h or d, such as 90s, 15m, 1h or 30d",
    r"^(operator|([a-z0-9][a-z0-9-]{0,31}):([a-z:]+)(,[a-z:]+)*)$": (
        "takes operator, or an app with its scopes, such as shop:push,read"
    ),
    r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$": (
        "takes the name or address of a host without a port, such as push.example.com"
    ),
    r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:|/|$))[^\s?#]*$": (
        "takes an https:// address; http:// is for this machine alone"
    ),
    r"^pga_[a-z0-9][a-z0-9-]{0,31}_[a-z0-9]{8,32}$": (
        "takes pga_, the app's name, _ and 8 to 32 lower-case letters and digits"
    ),
    r"^[a-z][a-z0-9+.-]*://[a-z0-9._\-\[\]:]+$": (
        "takes an origin as browsers send it: scheme, host and port in lower case, without a path"
    ),
    r"^[a-z][a-z0-9_-]{0,31}$": (
        "takes a category: a lower-case letter, then up to 31 lower-case letters, digits and _ -"
    ),
    r"^[a-z0-9][a-z0-9_-]{0,27}$": "is no id of a schedule: at most 28 of a-z, 0-9, - and _",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "takes a time of day, such as 22:00",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$": (
        "takes a local date and time without an offset, such as 2027-01-01T20:00"
    ),
    r"^[A-Za-z0-9_-]{1,32}$": "takes 1 to 32 letters, digits and - _",
    r"^[0-9a-f]{20}$": "is no id of a draft: 20 of the digits 0 to 9 and a to f",
    "^audience$": "takes audience alone",
    r"^[\x21-\x7e]+$": "takes printable ASCII without spaces",
    r"^[0-9]{1,4}\.[0-9]{1,10}$": _CURSOR,
    r"^[0-9]{1,15}\.[0-9a-f]{30}$": _CURSOR,
    r"^[0-9a-f]{12}-[0-9a-f]{12}$": _CURSOR,
    r"^[0-9]{17}-[0-9a-f]{20}$": _CURSOR,
    r"^(t\.[0-9]{1,4}\.[0-9]{1,10}|l\.([0-9a-f]{30})?|s\.[0-9]{1,4}\.[01]\.[0-9]{1,20})$": _CURSOR,
    r"^[0-9]{1,5}\.[0-9]{1,10}\.[0-9]{1,15}$": (
        "is no mark of an export; take `after` of the last mark that came, or leave it out to begin"
    ),
    r"^[A-Za-z0-9._~\-]{1,64}$": "takes 1 to 64 letters, digits and . _ ~ -",
    r"^[0-9]{1,6}(\.[0-9]{1,9})?s$": "takes seconds, such as 1.5s",
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$": (
        "takes a time of RFC 3339, with its offset: date, T, time, then Z or +08:00"
    ),
    r"^#[0-9a-fA-F]{6}$": "takes a colour as #rrggbb",
    r"^#[0-9A-Fa-f]{8}$": "takes a colour as #aarrggbb",
    r"^\+?[0-9\- #]+$": "takes a telephone number: + first only, digits, -, # and spaces",
    r"^/raw/[^/]+$": "takes a resource of the app, as /raw/name",
    r"^[A-Z_]{1,64}$": "takes up to 64 capital letters and _",
    r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$": "takes an intent URI in ASCII, without spaces",
    r"^[A-Za-z0-9_.\-]{1,64}$": "takes 1 to 64 letters, digits and _ . -",
    r"^[a-zA-Z0-9\-_.~%]{1,50}$": "takes 1 to 50 letters, digits and - _ . ~ %",
    r"^[A-Za-z0-9_\-]{1,32}$": "takes 1 to 32 letters, digits and - _",
    r"^[A-Za-z0-9_-]{1,64}$": "takes 1 to 64 letters, digits and - _",
    r"^[A-Za-z0-9]{1,64}$": "takes 1 to 64 letters and digits",
    r"^[0-9A-Za-z]{1,64}$": "takes 1 to 64 letters and digits",
    r"^[A-Za-z]{1,40}$": "takes 1 to 40 letters",
    r"^[a-z_]{1,40}$": "takes 1 to 40 lower-case letters and _",
    r"^[0-9]{1,20}$": "takes 1 to 20 digits",
    r"^[A-Za-z0-9_.]{1,255}$": "takes a package name: letters, digits, _ and .",
    r"^[!-~]{1,255}$": "takes 1 to 255 characters of printable ASCII, without spaces",
    r"^/[A-Za-z0-9_/]{1,200}$": "takes a path: / and letters, digits, _ and /",
    r"^(next_terminal|webhook|vendor:[a-z]{1,32})$": (
        "takes next_terminal, webhook, or vendor: with the name of a vendor, such as vendor:huawei"
    ),
    r"^http://[^\s/]+/?$": "takes an http:// address without a path",
    r"^https?://[^\s/?#]+(/[^\s?#]*)?$": "takes an https:// or http:// address without ? and #",
    r"^(mailto:[^\s@]+@[^\s@]+|https://[^\s]+)$": "takes a mailto: or https:// address",
    r"^(\*\.)?[a-z0-9.\-]{1,253}(:[0-9]{1,5})?$|^\[[0-9a-f:.]+\](:[0-9]{1,5})?$": (
        "takes a host in lower case, with *. before it for all names below it, and :port where it is not 443"
    ),
}
"""What a field with the pattern takes."""
_ANY_PATTERN = "is not in the form that this field takes"

_TYPES: Mapping[str, str] = {
    "string_type": "must be a text in quotes",
    "bool_type": "must be true or false",
    "none_required": "may only be null; leave it out to keep what there is",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "list_type": "must be a list in [ ]",
    "tuple_type": "must be a list in [ ]",
    "dict_type": "must be an object in { }",
    "model_type": "must be an object in { }",
}
"""What a field takes, by the kind of the error."""
_BOUNDS: Mapping[str, str] = {
    "greater_than": "greater than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}


def explain(kind: str, message: str, context: Mapping[str, object]) -> str:
    """What is wrong with a field and how to correct it. The text never contains the value.

    `kind`, `message` and `context` are `type`, `msg` and `ctx` of an error of pydantic.
    """
    match kind:
        case "enum" | "literal_error":
            allowed = re.sub(r"<[A-Za-z]+\.[A-Z_]+: ('[^']*')>", r"\1", str(context.get("expected", "")))
            return f"must be {allowed}" if allowed else message
        case "too_long" | "string_too_long" | "too_short" | "string_too_short":
            return _length(kind, context)
        case "string_pattern_mismatch":
            return PATTERNS.get(str(context.get("pattern")), _ANY_PATTERN)
        case "extra_forbidden":
            return "is not a known field; leave it out"
        case _ if kind in _BOUNDS:
            return f"must be {_BOUNDS[kind]} {_number(next(iter(context.values()), ''))}"
        case _ if kind in _TYPES:
            return _TYPES[kind]
        case "missing":
            return "is required"
        case "value_error":
            return message.removeprefix("Value error, ")
    return message


def _length(kind: str, context: Mapping[str, object]) -> str:
    # To pydantic, a text that a validator of Pushgate checked before is a `Value`.
    is_text = kind.startswith("string") or context.get("field_type") == "Value"
    unit = "characters" if is_text else "items"
    if kind.endswith("long"):
        return f"is too long; at most {_number(context.get('max_length'))} {unit} are taken"
    least = context.get("min_length")
    return "must not be empty" if least == 1 else f"is too short; at least {_number(least)} {unit} are needed"


def _number(bound: object) -> str:
    return f"{bound:,}" if isinstance(bound, int | float) else str(bound)
