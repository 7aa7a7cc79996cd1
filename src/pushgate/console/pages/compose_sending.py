"""Compose: send to one's own phones, look once more, send. Nothing is sent without its number."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from starlette.responses import Response

from pushgate.console.catalogues import LOCALES
from pushgate.console.composing.desk import Desk
from pushgate.console.composing.documents import Document, read_document, write_document
from pushgate.console.composing.drafts import words_of
from pushgate.console.composing.figures import figures_of, plan_document
from pushgate.console.composing.message_form import CanaryForm, VariantsForm
from pushgate.console.composing.moment_texts import city_of, write_moment_texts
from pushgate.console.composing.moments import normalize
from pushgate.console.composing.sheet import Sheet
from pushgate.console.composing.template_values import values_of
from pushgate.console.json_text import parse_json
from pushgate.console.language_names import own_name
from pushgate.console.pages.compose import (
    FALLBACK_LANGUAGE,
    make_sheet,
    read_choices,
    read_posted,
    show_form,
    show_uncounted,
    with_stored_texts,
)
from pushgate.console.routing import action
from pushgate.console.typed_numbers import read_number
from pushgate.console.view import View
from pushgate.console.words import Words
from pushgate_client.errors import ApiError, ConnectionFailed, FieldError, InvalidRequest, NotFound
from pushgate_client.types import MessageBody, MessageWithWarnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The last look at a message. `document` is what is sent, and nothing else.

    `counted_before` is the number that was shown before this one, where that was another one;
    `wrong_number` says that another number was typed than that of the phones. `errors` say why the
    message is refused, `failure` why it is not known whether it was sent.
    """

    document: str
    total: int
    is_now: bool
    moment: str
    languages: Sequence[tuple[str, int]]
    was_tested: bool
    must_type: bool
    counted_before: int | None = None
    wrong_number: bool = False
    errors: Sequence[FieldError] = ()
    failure: str = ""


async def review(view: View) -> Response:
    """Show the last dialog, with the number of phones as it is now; the form with its faults where
    the message would be refused.
    """
    form, desk = await read_posted(view)
    try:
        sheet = await make_sheet(view, form, desk, shows_blank=True)
    except (ApiError, ConnectionFailed) as error:
        return show_uncounted(view, form, desk, error)
    if not sheet.plan or not sheet.total:
        return show_form(view, sheet)
    return _show_review(view, sheet, _make_review(view, sheet))


async def send(view: View) -> Response:
    """Send what was reviewed, if it still is for as many phones as were shown."""
    posted = await view.form()
    document, desk = _read_document(posted.get("document", "")), Desk.read(posted)
    plan, errors = await plan_document(view.calls, document)
    form = read_document(document, zone=view.zone.key, language=FALLBACK_LANGUAGE)
    form = await with_stored_texts(view, form)
    sheet = Sheet(
        form=form, desk=desk, figures=figures_of(plan, errors), choices=await read_choices(view, form)
    )
    looked = _make_review(view, sheet)
    looked = replace(looked, document=json.dumps(document, ensure_ascii=False), errors=errors)
    if errors or not looked.total:
        return _show_review(view, sheet, looked)
    if posted.get("counted") != str(looked.total):
        return _show_review(
            view, sheet, replace(looked, counted_before=read_number(posted.get("counted", "")))
        )
    if looked.must_type and read_number(posted.get("sure", "")) != looked.total:
        return _show_review(view, sheet, replace(looked, wrong_number=True))
    try:
        message = await _send(view, document, desk.idempotency_key(document))
    except InvalidRequest as error:
        return _show_review(view, sheet, replace(looked, errors=error.errors))
    except (ApiError, ConnectionFailed) as error:
        return _show_review(view, sheet, replace(looked, failure=words_of(error)))
    await _forget_draft(view, desk)
    view.toast(_said(view, looked))
    return view.redirect(f"/messages/{message['id']}")


async def send_to_own_phones(view: View) -> Response:
    """Send the content to the phones that are marked for tests, at once."""
    form, desk = await read_posted(view)
    sheet = await make_sheet(view, form, desk, shows_blank=True)
    phones = sheet.phones_for_tests
    # A few phones are too few to compare variants on: they get the message's own texts, at once. No
    # step follows.
    options = {name: text for name, text in sheet.form.options.items() if name != "spread"}
    alike = replace(sheet.form, variants=VariantsForm(), canary=CanaryForm(), steps=(), options=options)
    plain = write_document(alike.as_shown)
    document = {name: value for name, value in plain.items() if name != "push_time"}
    document["audience"] = {"terminals": [phone["id"] for phone in phones]}
    _, errors = await plan_document(view.calls, document)
    if errors or not phones:
        figures = replace(sheet.figures, errors=[*errors, *sheet.figures.errors])
        return show_form(view, replace(sheet, figures=figures))
    names = [phone["name"] or phone["id"] for phone in phones]
    # The key of a test follows from how often it was tried: a double click is one try.
    await _send(view, document, f"{desk.idempotency_key(document)}-{desk.tried}")
    sheet = replace(sheet, desk=desk.tested_with(sheet.document, names))
    view.toast(view._("On its way to {phones}", phones=", ".join(names)))
    if not view.is_part:
        return show_form(view, sheet)
    return view.part("compose_test.html", **values_of(view, sheet))


async def _send(view: View, document: Document, key: str) -> MessageWithWarnings:
    # With variants or a template there is no content.
    body = cast("MessageBody", {"content": None, **document})
    return await view.calls.messages.send(**body, idempotency_key=key)


async def _forget_draft(view: View, desk: Desk) -> None:
    if desk.draft_id:
        with suppress(NotFound):  # sent twice: the first one deleted the draft
            await view.calls.drafts.delete(desk.draft_id)


def _show_review(view: View, sheet: Sheet, looked: Review) -> Response:
    values = values_of(view, sheet) | {"review": looked}
    return view.part("compose_review.html", **values) if view.is_part else view.page("compose.html", **values)


def _make_review(view: View, sheet: Sheet) -> Review:
    counts = sheet.phones_by_language
    total = sheet.total or 0
    return Review(
        document=json.dumps(sheet.document, ensure_ascii=False),
        total=total,
        is_now=sheet.form.moment.is_now,
        moment=_moment(view, sheet),
        languages=[(own_name(tag), counts[tag]) for tag in sheet.form.languages],
        was_tested=sheet.desk.was_tested(sheet.document),
        must_type=total > view.site.settings.confirm_above,
    )


def _moment(view: View, sheet: Sheet) -> str:
    instant, locale, within = sheet.instant, LOCALES[view.language], sheet.form.moment.within
    if within:
        return view._("in each phone’s best hour, of the next {n} hours", n=within)
    if instant is None:
        local = write_moment_texts(
            sheet.form.moment, sheet.figures, view.words, locale, view.now, view.zone
        ).local
        return view._("{moment} in each phone’s own time zone", moment=local) if local else ""
    shown = normalize(instant)
    words = Words(view.site.catalogues, view.language, shown.tzinfo or view.zone, view.now)
    zone = city_of(sheet.form.moment.zone, locale)
    return view._("{moment} {zone}, {ago}", moment=words.moment(shown), zone=zone, ago=words.ago(shown))


def _said(view: View, looked: Review) -> str:
    if looked.is_now:
        return view.ngettext("On its way to {n} phone", "On its way to {n} phones", looked.total)
    return view.ngettext(
        "Scheduled for {n} phone, {moment}",
        "Scheduled for {n} phones, {moment}",
        looked.total,
        moment=looked.moment,
    )


def _read_document(text: str) -> Document:
    """Return the reviewed document; an empty one, which the API refuses, for another text."""
    try:
        document = parse_json(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


routes = [
    action("/compose/review", review, scope="push"),
    action("/compose/send", send, scope="push"),
    action("/compose/test", send_to_own_phones, scope="push"),
]
