"""What the templates of Compose get beside the sheet."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from babel import Locale

from pushgate.console.calls import ShownCall
from pushgate.console.catalogues import LOCALES
from pushgate.console.composing.audience_lines import OUTCOMES, Kind
from pushgate.console.composing.drafts import Saved
from pushgate.console.composing.languages import name_in, own_name
from pushgate.console.composing.message_form import MessageForm
from pushgate.console.composing.moment_texts import write_moment_texts, zone_choices
from pushgate.console.composing.sheet import Choices, Sheet
from pushgate.console.view import View
from pushgate_client.types import TrackedMessage

_MAX_NAMED = 4


def values_of(view: View, sheet: Sheet, saved: Saved | None = None) -> dict[str, object]:
    """Return the values of all templates of Compose. `saved` says what came of saving the draft."""
    locale, moment = LOCALES[view.language], sheet.form.moment
    return {
        "sheet": sheet,
        "saved": saved,
        "options": defaultdict(str, sheet.form.options),
        "own_name": own_name,
        "language_name": partial(name_in, locale=locale),
        "named_counts": partial(_name_counts, locale=locale),
        "moment_texts": write_moment_texts(moment, sheet.figures, view.words, locale, view.now, view.zone),
        "zones": zone_choices(moment, sheet.figures, view.zone, locale, view.now),
        "today": view.words.local(view.now).date().isoformat(),
        "command": command_of(sheet),
        "slots": slots_of(sheet.form),
        "choices_by_kind": _choices_by_kind(sheet.choices),
        "lists_by_kind": _lists_by_kind(sheet),
        "review": None,
    }


def command_of(sheet: Sheet) -> str:
    """Return the message as a command for a shell."""
    body = json.dumps(sheet.document, ensure_ascii=False)
    return ShownCall("POST", "/v1/messages", body, by_operator=False).curl


def slots_of(form: MessageForm) -> Sequence[str]:
    """Return the fields that an error may stand under."""
    places = range(len(form.languages))
    extras = places if form.by_language else [0]
    return [
        *(f"{name}_{place}" for place in places for name in ("language", "title", "body")),
        *(f"{name}_{place}" for place in extras for name in ("url", "image", "data")),
        *(f"line_{place}" for place in range(len(form.audience.lines))),
        *(f"option_{name}" for name in ("category", "ttl", "collapse_key", "badge")),
        *(f"vendor_{place}" for place in range(len(form.vendor_options))),
        "fallback",
        "audience",
        "moment",
    ]


def _choices_by_kind(choices: Choices) -> Mapping[str, Sequence[tuple[str, str]]]:
    found: dict[str, Sequence[tuple[str, str]]] = {}
    if choices.messages:
        messages = [(one["id"], title_of(one)) for one in choices.messages]
        found |= {kind.value: messages for kind in OUTCOMES}
    if choices.audiences:
        found[Kind.SAVED.value] = [(one["name"], one["name"]) for one in choices.audiences]
    return found


def _lists_by_kind(sheet: Sheet) -> Mapping[str, Sequence[str]]:
    groups = sheet.figures.everybody
    kinds = {line.kind for line in sheet.form.audience.lines}
    lists: Mapping[Kind, Sequence[str]] = {
        Kind.LANGUAGE: sorted({group["language"] for group in groups})[:100],
        Kind.VENDOR: sorted({group["vendor"] for group in groups}),
        Kind.TIMEZONE: [one["timezone"] for one in sheet.figures.timezones[:100] if one["timezone"]],
    }
    return {kind.value: values for kind, values in lists.items() if kind in kinds and values}


def title_of(message: TrackedMessage) -> str:
    """Return the title of a message in its default language; its id where that was dropped."""
    content = message["content"] or {}
    default = content.get(message["default_language"] or "")
    return default["title"] if default else message["id"]


def _name_counts(counts: Mapping[str, int], locale: Locale) -> str:
    named = [f"{name_in(tag, locale)} {count:,}" for tag, count in list(counts.items())[:_MAX_NAMED]]
    return ", ".join([*named, "…"] if len(counts) > _MAX_NAMED else named)
