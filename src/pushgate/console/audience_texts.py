"""An audience in a few words."""

from collections.abc import Sequence

from pushgate.console.vendors import vendor_name
from pushgate.console.words import Words
from pushgate_client.types import Audience

_MAX_PARTS = 6


def say_audience(audience: Audience | None, words: Words) -> str:
    """Return whom a message is for, in words; an expression within another is a rule, for short."""
    if audience is None:
        return words._("not known any more")
    if "all" in audience:
        return words._("everyone")
    return _listed(audience, words) or _simple(audience, words) or _several(audience, words)


def _several(audience: Audience, words: Words) -> str:
    parts = audience.get("all_of") or audience.get("any_of")
    if parts is None or len(parts) > _MAX_PARTS:
        return words._("a rule")
    said = [
        _listed(one, words) or _simple(one, words) or _attribute(one, words) or words._("a rule")
        for one in parts
    ]
    listed = ", ".join(said)
    if "all_of" in audience:
        return words._("all of: {parts}", parts=listed)
    return words._("any of: {parts}", parts=listed)


def _attribute(audience: Audience, words: Words) -> str:
    if "attribute" not in audience or "equals" not in audience:
        return ""
    return words._("{name} is {value}", name=audience["attribute"], value=str(audience["equals"]))


def _listed(audience: Audience, words: Words) -> str:
    if "terminals" in audience:
        number = _size(audience["terminals"])
        return words.ngettext("{n} listed phone", "{n} listed phones", number)
    if "users" in audience:
        return words.ngettext("{n} listed user", "{n} listed users", _size(audience["users"]))
    if "tokens" in audience:
        return words.ngettext("{n} push token", "{n} push tokens", _size(audience["tokens"]))
    return ""


def _size(listed: int | Sequence[object]) -> int:
    return listed if isinstance(listed, int) else len(listed)


def _simple(audience: Audience, words: Words) -> str:
    if "escalation_of" in audience:
        return words._("users whom the message before did not reach")
    if "saved" in audience:
        return words._("saved audience {name}", name=audience["saved"])
    if "tag" in audience:
        return words._("tag {tag}", tag=audience["tag"])
    if "language" in audience:
        return words._("language {language}", language=audience["language"])
    if "vendor" in audience:
        return words._("phones of {vendor}", vendor=vendor_name(audience["vendor"], words))
    return ""
