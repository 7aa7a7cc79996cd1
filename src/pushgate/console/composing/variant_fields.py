"""The variants of a message <-> their fields in its body. Pure.

Another text beside the message's own makes two variants, `a` and `b`. Variants of another form stay
JSON, as they came.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import cast

from pushgate.console.composing.loose_values import decimal, object_of, parsed
from pushgate.console.composing.message_form import MAX_LANGUAGES, Pair, VariantsForm

Content = Mapping[str, object]
_OWN, _OTHER = "a", "b"
_WHOLE = 100.0
_TEXTS = ("title", "body")


def write_variants(form: VariantsForm, contents: Mapping[str, Content]) -> dict[str, object]:
    """Return the fields of a message with variants; none where there is no other text. `contents`
    are the message's own.
    """
    if form.json:
        variants = parsed(form.json)
    elif any(any(pair) for pair in form.texts.values()):
        share = decimal(form.share)
        own = _WHOLE - share if isinstance(share, float) and not form.winner_after else share
        other = {
            language: {**content, **dict(zip(_TEXTS, form.texts.get(language, ("", "")), strict=True))}
            for language, content in contents.items()
        }
        variants = [
            {"name": _OWN, "share": own, "content": dict(contents)},
            {"name": _OTHER, "share": share, "content": other},
        ]
    else:
        return {}
    fields: dict[str, object] = {"variants": variants}
    if form.holdout and form.holdout != "0":
        fields["holdout"] = decimal(form.holdout)
    if form.winner_after:
        fields["winner"] = {"after": form.winner_after}
    if form.by_user:
        fields["unit"] = "user"
    return fields


def read_variants(document: Mapping[str, object]) -> tuple[VariantsForm, Mapping[str, object]]:
    """Return the form of these fields of a message or draft, and the content of the first variant;
    empty where there are none.
    """
    variants = document.get("variants")
    if not isinstance(variants, list) or not all(isinstance(one, Mapping) for one in variants):
        return VariantsForm(), {}
    known = cast("Sequence[Mapping[str, object]]", variants)
    holdout, first = document.get("holdout"), _content_of(known[0]) if known else {}
    form = VariantsForm(
        holdout=f"{holdout:g}" if isinstance(holdout, int | float) and holdout else "",
        winner_after=_after_of(document.get("winner")),
        by_user=document.get("unit") == "user",
    )
    texts = _other_texts(known)
    if texts is None or (form.winner_after and known[0].get("share") != known[1].get("share")):
        return replace(form, json=json.dumps(variants, ensure_ascii=False, indent=1)), first
    share = known[1].get("share")
    return replace(form, texts=texts, share=f"{share:g}" if isinstance(share, int | float) else ""), first


def _after_of(winner: object) -> str:
    after = object_of(winner).get("after")
    return after if isinstance(after, str) else ""


def _other_texts(variants: Sequence[Mapping[str, object]]) -> dict[str, Pair] | None:
    """Return the texts of `b`; None where the variants differ in more than that."""
    if [one.get("name") for one in variants] != [_OWN, _OTHER]:
        return None
    own, other = map(_content_of, variants)
    if own.keys() != other.keys() or _without_texts(own) != _without_texts(other):
        return None
    return {
        language: (str(content.get("title", "")), str(content.get("body", "")))
        for language, content in islice(other.items(), MAX_LANGUAGES)
        if isinstance(content, Mapping)
    }


def _content_of(variant: Mapping[str, object]) -> Mapping[str, object]:
    return object_of(variant.get("content"))


def _without_texts(content: Mapping[str, object]) -> list[object]:
    return [
        {name: value for name, value in one.items() if name not in _TEXTS and value}
        if isinstance(one, Mapping)
        else one
        for one in content.values()
    ]
