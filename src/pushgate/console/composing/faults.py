"""Errors of the API by the field of the form that they are about. Pure.

A field is named as its element on the page: `title_0` (of the first language), `line_2`,
`option_ttl`, `vendor_1`. MESSAGE is for what no field shows.
"""

import re
from collections.abc import Iterable, Mapping

from pushgate.console.composing.audience_form import line_at
from pushgate.console.composing.message_form import MessageForm
from pushgate_client.errors import FieldError

MESSAGE = "message"
MOMENT = "moment"
AUDIENCE = "audience"
PERSONAL = "personal"
VARIANTS = "variants"
CANARY = "canary"
TEMPLATE = "template"
STEPS = "steps"
_EXTRAS = ("url", "image", "data")
_END_OF_NAME = re.compile(r"[.\[]")


def faults_by_field(errors: Iterable[FieldError], form: MessageForm) -> Mapping[str, str]:
    """Return what is wrong with each field, in the API's words."""
    found: dict[str, str] = {}
    for error in errors:
        field = field_of(error.field, form)
        text = error.message if field != MESSAGE else f"{error.field}: {error.message}"
        if field not in found:
            found[field] = text
        elif text not in found[field]:
            found[field] += f"; {text}"
    return found


def is_blank(field: str, form: MessageForm) -> bool:
    """Return whether nothing is written in a field that has to be filled in."""
    name, _, place = field.partition("_")
    if name in ("title", "body"):
        content = form.contents[form.languages[int(place)]]
        return not (content.title if name == "title" else content.body)
    if name == "line":
        return not form.audience.lines[int(place)].value
    moment = form.moment
    return field == MOMENT and not moment.within and not (moment.day and moment.clock)


def field_of(path: str, form: MessageForm) -> str:
    """Return the field of the form for a path such as `content.en.title`."""
    first, _, rest = path.partition(".")
    if first == "content":
        return _of_content(rest, form)
    if first == "options":
        return _of_options(rest, form)
    if first == "push_time":
        return MOMENT
    if first in ("personal", "fallback", "fallback_template", "values", "user_values"):
        return PERSONAL
    if first in ("variants", "holdout", "unit", "winner"):
        return VARIANTS
    if first == TEMPLATE:
        return TEMPLATE
    if first == "escalate":
        return STEPS
    if first == "default_language":
        return "fallback"
    if first == "audience" or first.startswith("audience["):
        line = line_at(form.audience, rest)
        return AUDIENCE if line is None or form.audience.json is not None else f"line_{line}"
    return MESSAGE


def _of_content(rest: str, form: MessageForm) -> str:
    # A draft may have any text for a language, with dots, too.
    tags = [tag for tag in form.languages if rest == tag or rest.startswith(f"{tag}.")]
    if not tags:
        return MESSAGE
    tag = max(tags, key=len)
    place = form.languages.index(tag)
    part = _END_OF_NAME.split(rest[len(tag) + 1 :])[0]
    if part in _EXTRAS:
        return f"{part}_{place if form.by_language else 0}"
    return f"{part}_{place}" if part in ("title", "body") else f"language_{place}"


def _of_options(rest: str, form: MessageForm) -> str:
    name, _, below = rest.partition(".")
    if name == CANARY:
        return CANARY
    if not below:
        return f"option_{name}" if not any(one.vendor == name for one in form.vendor_options) else MESSAGE
    option = _END_OF_NAME.split(below)[0]
    for place, one in enumerate(form.vendor_options):
        if (one.vendor, one.name) == (name, option):
            return f"vendor_{place}"
    return MESSAGE
