"""What the API says of fields, in the reader's language. Pure.

The texts of the table are the API's own, with names for what varies. A text that is in no row stays
English.
"""

import re
from collections.abc import Iterator

from pushgate.adapters.registry import vendors
from pushgate.console.marking import N_
from pushgate.console.vendors import vendor_name
from pushgate.console.words import Words

_ROWS = (
    N_("is required"),
    N_("must not be empty"),
    N_("is too long; at most {most} characters are taken"),
    N_("is too long; at most {most} items are taken"),
    N_("must be at least {least}"),
    N_("must be at most {most}"),
    N_("must be a whole number, without quotes"),
    N_("must be a number, without quotes"),
    N_("must be true or false"),
    N_("has {n} characters, the vendor takes {most}"),
    N_("has a width of {n}, the vendor takes {most} (a Chinese character counts 2)"),
    N_("the payload has {n} bytes, the vendor takes {most}"),
    N_("has {n} bytes together with the options, at most {most} are taken; shorten it"),
    N_("is past by more than {n} minutes; check year and offset, or leave it out to push now"),
    N_("is past: the message is due now"),
    N_("is more than {n} days ahead"),
    N_("must be a date and time with an offset (RFC 3339), such as 2027-01-01T20:00:00+08:00"),
    N_("is no instant of the calendar; look at its month, day, hour, minute and offset"),
    N_(
        "must be an https:// address, or a deep link of the app with its scheme in lower case, such as "
        "shop://sale"
    ),
    N_("must be an https:// address"),
    N_("must be an https:// address with a valid host and port"),
    N_("must be an https:// or http:// address"),
    N_("must not open {scheme}: addresses; take https:// or a scheme of the app's own"),
    N_("must not hold a user name or a password before an @"),
    N_("is no IANA time zone, such as Asia/Shanghai"),
    N_("must be a day as YYYY-MM-DD, such as 2027-01-31"),
    N_("is no day of the calendar; look at its month and day"),
    N_("is no id of a message: 30 of the digits 0 to 9 and a to f"),
    N_("is no message of the app; it may be forgotten, or of another app"),
    N_("is the name of no saved audience"),
    N_("is no attribute's name: a letter, then up to 63 letters, digits and _ . -"),
    N_("is not a BCP 47 language tag, such as en, zh-Hans or pt-BR"),
    N_("is not a known BCP 47 language tag, such as en, zh-Hans or pt-BR"),
    N_("takes 1 to 128 letters, digits and . _ ~ : @ = + -"),
    N_("takes 1 to 64 letters, digits and _ . -"),
    N_("must not begin or end with a space"),
    N_("the app has no terminals; the message may reach nobody"),
    N_("has a sample without a seed, so each message draws other terminals: the figures are of one draw"),
    N_("has no effect: the app is not set up for {vendor}"),
    N_("is none of {names}"),
    N_("must be {choices}"),
)
"""The more special row comes first."""
_VENDORS = "|".join(vendors())
_LABELS = re.compile(rf" \((?P<labels>(?:{_VENDORS})(?:, (?:{_VENDORS}))*)\)$")
"""The vendors that a text is of, at its end."""
_PLACE = re.compile(r"\\\{(\w+)\\\}")


def _patterns() -> Iterator[tuple[re.Pattern[str], str]]:
    for text in _ROWS:
        yield re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(text)), re.DOTALL), text


_PATTERNS = tuple(_patterns())


def say_fault(message: str, words: Words) -> str | None:
    """Return what the API says in the reader's language; None for a text of no row."""
    labels = _LABELS.search(message)
    bare = message[: labels.start()] if labels else message
    for pattern, text in _PATTERNS:
        if found := pattern.fullmatch(bare):
            said = words._(text, **found.groupdict())
            return said + _named(labels["labels"], words) if labels else said
    return None


def _named(labels: str, words: Words) -> str:
    names = words.separator.join(vendor_name(name, words) for name in labels.split(", "))
    return words._(" ({names})", names=names)
