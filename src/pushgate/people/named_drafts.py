"""Names of a person in drafts of messages, which may be incomplete: found, and replaced. Pure."""

from collections.abc import Collection, Mapping, Sequence

import orjson

from pushgate.adapters.registry import vendors

_LISTS = ("terminals", "users")
_ALTERNATIVES = ("all_of", "any_of")
Json = object


def without_names(body: bytes, substitutes: Mapping[str, str]) -> bytes | None:
    """The JSON of a draft with a substitute in the place of each text that is one of the names;
    None where there is none.
    """
    before = orjson.loads(body)
    after = _replaced(before, substitutes)
    return orjson.dumps(after) if after != before else None


def names_any(body: bytes, names: Collection[str]) -> bool:
    """Whether a draft has a text that is one of the names."""
    return without_names(body, {name: f"{name}~" for name in names}) is not None


def is_for_nobody_else(body: bytes, substitutes: Mapping[str, str]) -> bool:
    """Whether the audience of a draft lists one of the names at least, and nobody beside them."""
    draft = orjson.loads(body)
    audience = draft.get("audience") if isinstance(draft, dict) else None
    return bool(audience) and _holds_only(audience, substitutes)


def _replaced(value: Json, substitutes: Mapping[str, str], vendor: str = "") -> Json:
    match value:
        case str():
            return substitutes.get(value, substitutes.get(_normal(value, vendor), value))
        case list():
            return [_replaced(one, substitutes) for one in value]
        case dict():
            of_vendor = value.get("vendor")
            known = of_vendor if isinstance(of_vendor, str) else ""
            return {
                substitutes.get(key, key): _replaced(one, substitutes, known if key == "token" else "")
                for key, one in _without_values(value, substitutes).items()
            }
    return value


def _without_values(body: Mapping[str, Json], substitutes: Mapping[str, str]) -> Mapping[str, Json]:
    """A personal message without the values that it brings for the names."""
    by_user = body.get("user_values")
    if not isinstance(by_user, dict):
        return body
    kept = {user: values for user, values in by_user.items() if user not in substitutes}
    return {**body, "user_values": kept}


def _normal(token: str, vendor: str) -> str:
    """The one spelling of a push token."""
    known = vendors().get(vendor)
    return known.normalize_token(token) if known else token


def _holds_only(audience: Json, substitutes: Mapping[str, str]) -> bool:
    if not isinstance(audience, dict) or len(audience) != 1:
        return False
    ((node, listed),) = audience.items()
    if not isinstance(listed, list) or not listed:
        return False
    if node in _LISTS:
        return all(isinstance(one, str) and one in substitutes for one in listed)
    if node == "tokens":
        return all(_is_token_of(one, substitutes) for one in listed)
    if node in _ALTERNATIVES:
        found: Sequence[bool] = [_holds_only(one, substitutes) for one in listed]
        return any(found) if node == "all_of" else all(found)
    return False


def _is_token_of(listed: Json, substitutes: Mapping[str, str]) -> bool:
    return isinstance(listed, dict) and _replaced(listed, substitutes) != listed
