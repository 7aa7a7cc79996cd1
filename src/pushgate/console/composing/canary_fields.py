"""The canary of a message <-> its fields in the options of its body. Pure."""

from collections.abc import Mapping

from pushgate.console.composing.loose_values import decimal, object_of
from pushgate.console.composing.message_form import MEASURES, CanaryForm

_LIMITS = ("hold_if", "slower_if")


def write_canary(form: CanaryForm) -> dict[str, object]:
    """Return the option of a message with a canary; none where nothing is written."""
    limits = {
        name: {measure: decimal(text) for measure, text in written.items() if text}
        for name, written in (("hold_if", form.hold_if), ("slower_if", form.slower_if))
    }
    found = {name: one for name, one in limits.items() if one}
    if not (form.share or form.wait or found):
        return {}
    return {"canary": {"share": decimal(form.share), "wait": form.wait, **found}}


def read_canary(options: Mapping[str, object]) -> CanaryForm:
    """Return the form of the canary in these options of a message or draft."""
    canary = object_of(options.get("canary"))
    hold_if, slower_if = (
        {measure: text for measure in MEASURES if (text := _text(object_of(canary.get(name)).get(measure)))}
        for name in _LIMITS
    )
    return CanaryForm(
        share=_text(canary.get("share")), wait=_text(canary.get("wait")), hold_if=hold_if, slower_if=slower_if
    )


def _text(value: object) -> str:
    if type(value) in (int, float):
        return f"{value:g}"
    return value if isinstance(value, str) else ""
