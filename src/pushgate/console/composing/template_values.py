"""What the templates of Compose get beside the sheet."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from pushgate.console.calls import ShownCall
from pushgate.console.catalogues import LOCALES
from pushgate.console.composing.audience_lines import OUTCOMES, Kind
from pushgate.console.composing.drafts import Saved
from pushgate.console.composing.message_form import MessageForm
from pushgate.console.composing.moment_texts import write_moment_texts, zone_choices
from pushgate.console.composing.sheet import Choices, Sheet
from pushgate.console.fault_texts import say_fault
from pushgate.console.language_names import language_name, own_name
from pushgate.console.titles import title_of
from pushgate.console.verdict import read_problem, speak
from pushgate.console.view import View

_MAX_NAMED = 4


def values_of(view: View, sheet: Sheet, saved: Saved | None = None) -> dict[str, object]:
    """Return the values of all templates of Compose. `saved` says what came of saving the draft."""
    locale, moment = LOCALES[view.language], sheet.form.moment
    return {
        "sheet": sheet,
        "saved": saved,
        "options": defaultdict(str, sheet.form.options),
        "own_name": own_name,
        "language_name": partial(language_name, language=view.language),
        "named_counts": partial(_name_counts, view=view),
        "moment_texts": write_moment_texts(moment, sheet.figures, view.words, locale, view.now, view.zone),
        "zones": zone_choices(moment, sheet.figures, view.zone, locale, view.now),
        "today": view.words.local(view.now).date().isoformat(),
        "say_fault": partial(say_fault, words=view.words),
        "is_day": _is_day,
        "command": command_of(sheet),
        "slots": slots_of(sheet.form),
        "choices_by_kind": _choices_by_kind(sheet.choices, view),
        "lists_by_kind": _lists_by_kind(sheet),
        "spoken_obstacles": [
            (speak(read_problem(problem), view.words), count) for problem, count in sheet.obstacles
        ],
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
        *(f"option_{name}" for name in ("category", "ttl", "collapse_key", "badge", "spread")),
        *(f"vendor_{place}" for place in range(len(form.vendor_options))),
        "fallback",
        "personal",
        "template",
        "audience",
        "moment",
        "canary",
    ]


def _is_day(text: str) -> bool:
    """Return whether a field for days shows the text; it shows nothing where there is none."""
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _choices_by_kind(choices: Choices, view: View) -> Mapping[str, Sequence[tuple[str, str]]]:
    found: dict[str, Sequence[tuple[str, str]]] = {}
    if choices.messages:
        messages = [(one["id"], title_of(one, view.language).text or one["id"]) for one in choices.messages]
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


def _name_counts(counts: Mapping[str, int], view: View) -> str:
    names = list(counts)[:_MAX_NAMED]
    named = [f"{language_name(tag, view.language)} {view.words.number(counts[tag])}" for tag in names]
    return view.words.separator.join([*named, "…"] if len(counts) > _MAX_NAMED else named)
