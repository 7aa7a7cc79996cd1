"""The fields that a browser posts -> the form of a message. Pure.

Names: `language` (each tab, in order), `title.<language>`, `body.<language>`, and `url`, `image`,
`data_name`, `data_value`, with `.<language>` where `own_names` says that each language has its own;
`join`, `kind`, `shown_kind`, `name`, `value` (one of each a line of the audience); `option.<name>`;
`other_title.<language>`, `other_body.<language>`, `other_share`, `holdout`, `winner_after`,
`by_user`, `variants_json`; `canary.share`, `canary.wait`, `canary.hold_if.<measure>`,
`canary.slower_if.<measure>`; `template`, `template_version`; `vendor.<vendor>.<option>`;
`personal`, `on_missing`, `missing_title.<language>`, `missing_body.<language>`,
`fallback_template`, `values`, `user_values`; `step_after.<n>`, `step_unless.<n>` and
`step_to.<n>`, from 0 on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pushgate.console.composing.audience_form import MAX_LINES, AudienceForm
from pushgate.console.composing.audience_lines import Join, Kind, Line
from pushgate.console.composing.message_form import (
    MAX_LANGUAGES,
    MAX_STEPS,
    MEASURES,
    CanaryForm,
    ContentForm,
    MessageForm,
    MomentForm,
    Pair,
    PersonalForm,
    StepForm,
    TemplateForm,
    VariantsForm,
)
from pushgate.console.composing.option_fields import WrittenOption


def read_fields(posted: Iterable[Pair], *, zone: str, language: str) -> MessageForm:
    """Return the form that these fields are; `zone` and `language` stand in for missing ones."""
    fields: defaultdict[str, list[str]] = defaultdict(list)
    for name, text in posted:
        fields[name].append(text.replace("\r\n", "\n"))
    languages = list(dict.fromkeys(fields["language"]))[:MAX_LANGUAGES] or [language]
    own_names = bool(_first(fields, "own_names"))
    contents = {tag: _content(fields, tag, "." + tag if own_names else "") for tag in languages}
    fallback = _first(fields, "fallback")
    return MessageForm(
        contents=contents,
        fallback=fallback if fallback in contents else languages[0],
        by_language=bool(_first(fields, "by_language")),
        audience=_audience(fields),
        moment=MomentForm(
            is_now=_first(fields, "when") not in ("moment", "best_hour"),
            day=_first(fields, "day"),
            clock=_first(fields, "clock"),
            zone=_first(fields, "zone") or zone,
            passed=_first(fields, "passed"),
            within=_first(fields, "within") if _first(fields, "when") == "best_hour" else "",
            fallback=_first(fields, "best_hour_fallback"),
        ),
        options=_options(fields),
        vendor_options=_vendor_options(fields),
        personal=_personal(fields, languages),
        variants=_variants(fields, languages),
        canary=_canary(fields),
        template=TemplateForm(
            name=_first(fields, "template").strip(), version=_first(fields, "template_version").strip()
        ),
        steps=tuple(step for number in range(MAX_STEPS) if (step := _step(fields, number)).after),
    )


def _step(fields: Mapping[str, Sequence[str]], number: int) -> StepForm:
    form = StepForm()
    return StepForm(
        after=_first(fields, f"step_after.{number}").strip(),
        unless=_first(fields, f"step_unless.{number}") or form.unless,
        to=_first(fields, f"step_to.{number}") or form.to,
    )


def _variants(fields: Mapping[str, Sequence[str]], languages: Sequence[str]) -> VariantsForm:
    texts = {
        tag: (_first(fields, f"other_title.{tag}"), _first(fields, f"other_body.{tag}")) for tag in languages
    }
    return VariantsForm(
        texts={tag: pair for tag, pair in texts.items() if any(pair)},
        share=_first(fields, "other_share").strip() or "50",
        holdout=_first(fields, "holdout").strip(),
        winner_after=_first(fields, "winner_after").strip(),
        by_user=bool(_first(fields, "by_user")),
        json=_first(fields, "variants_json").strip(),
    )


def _canary(fields: Mapping[str, Sequence[str]]) -> CanaryForm:
    hold_if, slower_if = (
        {
            measure: text
            for measure in MEASURES
            if (text := _first(fields, f"canary.{name}.{measure}").strip())
        }
        for name in ("hold_if", "slower_if")
    )
    return CanaryForm(
        share=_first(fields, "canary.share").strip(),
        wait=_first(fields, "canary.wait").strip(),
        hold_if=hold_if,
        slower_if=slower_if,
    )


def _personal(fields: Mapping[str, Sequence[str]], languages: Sequence[str]) -> PersonalForm:
    texts = {
        tag: (_first(fields, f"missing_title.{tag}"), _first(fields, f"missing_body.{tag}"))
        for tag in languages
    }
    return PersonalForm(
        is_on=bool(_first(fields, "personal")),
        has_fallback=_first(fields, "on_missing") == "fallback",
        fallback={tag: pair for tag, pair in texts.items() if any(pair)},
        fallback_template=_first(fields, "fallback_template").strip(),
        values=_first(fields, "values"),
        user_values=_first(fields, "user_values"),
    )


def _content(fields: Mapping[str, Sequence[str]], language: str, suffix: str) -> ContentForm:
    names, values = fields[f"data_name{suffix}"], fields[f"data_value{suffix}"]
    return ContentForm(
        title=_first(fields, f"title.{language}"),
        body=_first(fields, f"body.{language}"),
        url=_first(fields, f"url{suffix}").strip(),
        image=_first(fields, f"image{suffix}").strip(),
        data=tuple(pair for pair in zip(names, values, strict=False) if any(pair)),
    )


def _audience(fields: Mapping[str, Sequence[str]]) -> AudienceForm:
    rows = zip(fields["join"], fields["kind"], fields["name"], fields["value"], strict=False)
    lines = tuple(
        Line(join=Join(join), kind=Kind(kind), name=name.strip(), value=value.strip())
        for join, kind, name, value in rows
        if join in _JOINS and kind in _KINDS
    )
    written = fields["audience_json"]
    return AudienceForm(
        lines=lines[:MAX_LINES],
        json=written[0] if written else None,
        once_per_user=bool(_first(fields, "once_per_user")),
        share=_first(fields, "share").strip(),
        seed=_first(fields, "seed").strip(),
    )


def _options(fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    prefix = "option."
    return {
        name.removeprefix(prefix): texts[0].strip()
        for name, texts in fields.items()
        if name.startswith(prefix) and texts[0].strip()
    }


def _vendor_options(fields: Mapping[str, Sequence[str]]) -> Sequence[WrittenOption]:
    found = []
    for name, texts in fields.items():
        kind, _, rest = name.partition(".")
        vendor, _, option = rest.partition(".")
        if kind == "vendor" and option:
            found.append(WrittenOption(vendor=vendor, name=option, text=texts[0]))
    return tuple(found)


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    texts = fields[name]
    return texts[0] if texts else ""


_JOINS = frozenset(join.value for join in Join)
_KINDS = frozenset(kind.value for kind in Kind)
