"""Audiences <-> the JSON of the API, in which they are also stored. Pure.

What comes in as JSON was checked before it was stored.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import cast

import msgspec

from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    Everyone,
    Frozen,
    HadOutcome,
    HasAttribute,
    HasTag,
    InLanguage,
    InTimezone,
    Not,
    OfAppVersion,
    OfVendor,
    OnePerUser,
    OutcomeTerm,
    Registered,
    Sample,
    Saved,
    Seen,
)
from pushgate.domain.terminal import AttributeValue

JsonObject = Mapping[str, object]
TEXT_NODES: Mapping[str, Callable[[str], Audience]] = {
    "tag": HasTag,
    "language": InLanguage,
    "vendor": OfVendor,
    "timezone": InTimezone,
    "app_version": OfAppVersion,
    "saved": Saved,
}
"""Nodes that are one text, by their names."""
_NAMES = {kind: name for name, kind in TEXT_NODES.items()}


def to_json(audience: Audience, *, whole: bool = True) -> dict[str, object]:
    """The audience as JSON. Without `whole`, the number of its ids takes the place of each list.

    Raises TypeError for an audience of push tokens.
    """
    match audience:
        case AllOf(parts):
            return {"all_of": [to_json(part, whole=whole) for part in parts]}
        case AnyOf(parts):
            return {"any_of": [to_json(part, whole=whole) for part in parts]}
        case Not(part):
            return {"not": to_json(part, whole=whole)}
        case OnePerUser(of=of):
            return {"one_per_user": to_json(of, whole=whole)}
        case Sample(share, seed, of):
            seeded = {} if seed is None else {"seed": seed}
            return {"sample": {"share": share, **seeded, "of": to_json(of, whole=whole)}}
        case ByTerminal(terminals):
            return {"terminals": list(terminals) if whole else len(terminals)}
        case ByUser(users):
            return {"users": list(users) if whole else len(users)}
    return _leaf_to_json(audience)


def _leaf_to_json(audience: Audience) -> dict[str, object]:
    match audience:
        case Everyone():
            return {"all": True}
        case Registered(before, after):
            return {"registered": _days_to_json(before, after)}
        case Seen(before, after):
            return {"seen": _days_to_json(before, after)}
        case HasAttribute(name, (value,)):
            return {"attribute": name, "equals": value}
        case HasAttribute(name, values):
            return {"attribute": name, "one_of": list(values)}
        case HadOutcome(outcome, message_id):
            return {outcome.value: message_id}
        case Frozen(key):
            return {"frozen": key}
        case HasTag(text) | InLanguage(text) | OfVendor(text) | InTimezone(text):
            return {_NAMES[type(audience)]: text}
        case OfAppVersion(text) | Saved(text):
            return {_NAMES[type(audience)]: text}
    raise TypeError(f"{type(audience).__name__} is no part of an expression")


def _days_to_json(before: date | None, after: date | None) -> dict[str, str]:
    days = {"before": before, "after": after}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def from_json(written: JsonObject) -> Audience:
    """Read the JSON of `to_json` back. Raises ValueError for JSON of another form."""
    try:
        return _from_json(written)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an audience: {type(error).__name__}") from error


def _from_json(written: JsonObject) -> Audience:
    match written:
        case {"all_of": parts}:
            return AllOf(tuple(map(_from_json, cast("Sequence[JsonObject]", parts))))
        case {"any_of": parts}:
            return AnyOf(tuple(map(_from_json, cast("Sequence[JsonObject]", parts))))
        case {"not": part}:
            return Not(_from_json(cast("JsonObject", part)))
        case {"one_per_user": of}:
            return OnePerUser(_from_json(cast("JsonObject", of)))
        case {"sample": {"share": float() | int() as share, "of": of, **others}}:
            return Sample(share, cast("str | None", others.get("seed")), _from_json(cast("JsonObject", of)))
        case {"terminals": ids}:
            return ByTerminal(tuple(cast("Sequence[str]", ids)))
        case {"users": ids}:
            return ByUser(tuple(cast("Sequence[str]", ids)))
    return _leaf_from_json(written)


def _leaf_from_json(written: JsonObject) -> Audience:
    match written:
        case {"registered": days}:
            return Registered(*_days_from_json(cast("Mapping[str, str]", days)))
        case {"seen": days}:
            return Seen(*_days_from_json(cast("Mapping[str, str]", days)))
        case {"attribute": str(name), "equals": value}:
            return HasAttribute(name, (cast("AttributeValue", value),))
        case {"attribute": str(name), "one_of": values}:
            return HasAttribute(name, tuple(cast("Sequence[AttributeValue]", values)))
    ((name, value),) = written.items()
    if name == "all":
        return Everyone()
    if name in TEXT_NODES:
        return TEXT_NODES[name](cast("str", value))
    if name == "frozen":
        return Frozen(cast("str", value))
    return HadOutcome(OutcomeTerm(name), cast("str", value))


def _days_from_json(days: Mapping[str, str]) -> tuple[date | None, date | None]:
    before, after = days.get("before"), days.get("after")
    return (
        None if before is None else date.fromisoformat(before),
        None if after is None else date.fromisoformat(after),
    )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, object])


def encode(audience: Audience) -> bytes:
    """The audience as the bytes of its JSON. Raises TypeError for an audience of push tokens."""
    return _encoder.encode(to_json(audience))


def decode(raw: bytes) -> Audience:
    """Read the bytes of `encode` back. Raises ValueError if they are not an audience."""
    return from_json(_decoder.decode(raw))


def shorten(audience: Audience) -> str:
    """The text of the audience's JSON with the number of its ids in place of each list."""
    return _encoder.encode(to_json(audience, whole=False)).decode()
