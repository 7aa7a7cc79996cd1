"""Who receives a message, as people write it, and as a message has it. Pure.

Lines show most audiences. One that lines do not show is kept as JSON.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import cast

from pushgate.console.composing.audience_lines import Line, Node, Place, places, to_audience, to_lines
from pushgate.console.json_text import parse_json

MAX_LINES = 60
"""Lines that are shown; a longer audience is JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceForm:
    """Lines, or `json` where the audience is not shown by lines (None for lines).

    `share` is a part of these terminals in percent, "" for all; `seed` chooses which.
    """

    lines: tuple[Line, ...] = ()
    json: str | None = None
    once_per_user: bool = False
    share: str = ""
    seed: str = ""


def write_audience(form: AudienceForm) -> object:
    """Return the audience for a message. What is no JSON becomes a text, for the API to refuse."""
    if form.json is not None:
        try:
            return parse_json(form.json)
        except ValueError:
            return form.json
    node = to_audience(form.lines)
    if form.once_per_user:
        node = {"one_per_user": node}
    if form.share:
        node = {"sample": {"share": _fraction(form.share), "seed": form.seed, "of": node}}
    return node


def read_audience(audience: object) -> AudienceForm:
    """Return the form of an audience. `write_audience` of the form is the same audience."""
    form = _read_wrapped(audience) if isinstance(audience, Mapping) else None
    if form is not None and len(form.lines) <= MAX_LINES and write_audience(form) == audience:
        return form
    return AudienceForm(json=to_text(audience))


def to_text(audience: object) -> str:
    """Return an audience as JSON for people."""
    return json.dumps(audience, ensure_ascii=False, indent=1)


def line_at(form: AudienceForm, path: str) -> int | None:
    """Return the index of the line that stands at a path below `audience`, such as
    `all_of[1].not.tag`; None where none does.
    """
    for wrapper in ("sample.of", "one_per_user"):
        path = path.removeprefix(wrapper).removeprefix(".")
    matching = [place for place in places(form.lines) if _is_at_or_below(path, place)]
    return max(matching, key=lambda place: len(place.path)).line if matching else None


def _is_at_or_below(path: str, place: Place) -> bool:
    return not place.path or path == place.path or path.startswith((f"{place.path}.", f"{place.path}["))


def _read_wrapped(audience: Node) -> AudienceForm | None:
    """Return the form of lines, with what is wrapped around them; None for another audience."""
    sample = audience.get("sample")
    if isinstance(sample, Mapping):
        share, seed, inner = sample.get("share"), sample.get("seed"), sample.get("of")
        if not isinstance(share, int | float) or not isinstance(seed, str) or not isinstance(inner, Mapping):
            return None
        form = _read_people(cast("Node", inner))
        return replace(form, share=_percent(share), seed=seed) if form else None
    return _read_people(audience)


def _read_people(audience: Node) -> AudienceForm | None:
    inner = audience.get("one_per_user")
    once = isinstance(inner, Mapping)
    lines = to_lines(cast("Node", inner) if once else audience)
    return None if lines is None else AudienceForm(lines=tuple(lines), once_per_user=once)


def _fraction(percent: str) -> float | str:
    try:
        share = float(Decimal(percent.strip().removesuffix("%")) / 100)
    except (InvalidOperation, OverflowError):
        return percent
    return share if math.isfinite(share) else percent


def _percent(share: float) -> str:
    return f"{(Decimal(repr(share)) * 100).normalize():f}"
