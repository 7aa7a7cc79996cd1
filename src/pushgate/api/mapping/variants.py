"""Variants of messages, JSON <-> domain. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pushgate.api.mapping.content import from_content, to_content
from pushgate.api.schemas.messages import ChangeBody, MessageBody, VariantBody
from pushgate.api.schemas.push_times import FamilyPushTime
from pushgate.bundles.bodies import MAX_SMALL_AUDIENCE, is_small
from pushgate.domain.audience import Audience, ByToken
from pushgate.domain.durations import format_duration
from pushgate.domain.errors import FieldError
from pushgate.domain.experiment import WHOLE, Split, Unit, Winner
from pushgate.domain.message import Content, InQuietHours, Message, Options

_LEAST_AFTER = timedelta(minutes=1)
_ROUNDING = 1e-6
_Contents = tuple[Mapping[str, Content], ...]
_SMALL = (
    f"lists at most {MAX_SMALL_AUDIENCE}, too few to compare variants: give an expression or a longer list, "
    "or content in place of variants"
)
_TOKENS = "push tokens have no terminal id, which decides on the variant: name terminals or an expression"


def to_variants(
    written: Sequence[VariantBody] | None,
    errors: list[FieldError],
    warnings: list[FieldError],
    *,
    personal: bool,
) -> _Contents:
    """Return the content of each variant; none where there are no variants. Only the links of a
    personal message may have placeholders.
    """
    contents: list[dict[str, Content]] = []
    for number, variant in enumerate(written or ()):
        head, own_errors, own_warnings = f"variants.{number}", list[FieldError](), list[FieldError]()
        contents.append(to_content(variant.content, own_errors, own_warnings, personal=personal))
        errors += _below(head, own_errors)
        warnings += _below(head, own_warnings)
        if not own_errors and contents[-1].keys() != contents[0].keys():
            text = "has other languages than the first variant: give each variant the same ones"
            errors.append(FieldError(f"{head}.content", text))
    return tuple(contents)


def to_split(written: MessageBody, audience: Audience, errors: list[FieldError]) -> Split | None:
    """Return how terminals are split; None for a message without variants."""
    if not written.variants:
        for name in ("holdout", "unit", "winner"):
            if getattr(written, name) is not None:
                errors.append(
                    FieldError(name, "has no effect without variants: add variants or leave it out")
                )
        return None
    for name in ("content", "template"):
        if getattr(written, name) is not None:
            errors.append(FieldError(name, "cannot go with variants: give one of the two"))
    _check_time(written, errors)
    _check_audience(audience, errors)
    winner = Winner(written.winner.after, written.winner.by) if written.winner else None
    _check_shares(written.variants, winner, errors)
    return Split(
        names=tuple(variant.name for variant in written.variants),
        shares=tuple(variant.share for variant in written.variants),
        holdout=written.holdout or 0.0,
        unit=written.unit or Unit.TERMINAL,
        winner=winner,
    )


def check_winner(split: Split | None, options: Options) -> list[FieldError]:
    """Return the errors of a message's winner: options that cannot be combined with it, or a time
    so late that the rest would expire first.
    """
    if split is None or split.winner is None:
        return []
    if options.quiet_hours is InQuietHours.HOLD:
        text = "hold cannot go with winner, which is found before held terminals click: write leave_out"
        return [FieldError("options.quiet_hours", text)]
    if options.canary:
        text = "cannot go with winner, whose variants go to a share first: leave one of the two out"
        return [FieldError("options.canary", text)]
    after, spread = split.winner.after, options.spread or timedelta(0)
    if after < _LEAST_AFTER:
        return [FieldError("winner.after", "must be at least 1m: clicks need time to come in")]
    if after + spread >= options.ttl:
        seconds = options.ttl // timedelta(seconds=1)
        text = f"must be shorter than the time to live, options.ttl ({seconds} s)"
        text += ", less options.spread" if options.spread else ""
        return [FieldError("winner.after", f"{text}: the rest would expire")]
    if after <= spread:
        text = "must be longer than options.spread: until then not all of the variants are sent"
        return [FieldError("winner.after", text)]
    return []


def change_split(
    split: Split | None, written: ChangeBody, audience: Audience | None, errors: list[FieldError]
) -> Split | None:
    """Return how terminals are split after a change. Holdout, unit and winner stay as they are."""
    if split is None:
        if written.variants:
            text = "the message was created without variants: cancel it, and create one with variants"
            errors.append(FieldError("variants", text))
        return None
    for name in ("content", "template"):
        if getattr(written, name) is not None:
            errors.append(FieldError(name, "the message has variants: give variants in its place"))
    if audience is not None:
        _check_audience(audience, errors)
    _check_time(written, errors)
    if not written.variants:
        return split
    _check_shares(written.variants, split.winner, errors)
    return Split(
        names=tuple(variant.name for variant in written.variants),
        shares=tuple(variant.share for variant in written.variants),
        holdout=split.holdout,
        unit=split.unit,
        winner=split.winner,
    )


def from_variants(message: Message) -> dict[str, object]:
    """Return the variants of a message as JSON; nothing where it has none."""
    split = message.split
    if split is None:
        return {}
    rows = zip(split.names, split.shares, message.variants, strict=True)
    return {
        "variants": [
            {"name": name, "share": share, "content": from_content(content)} for name, share, content in rows
        ],
        "holdout": split.holdout,
        "unit": split.unit.value,
        **({"winner": from_winner(split.winner)} if split.winner else {}),
    }


def from_winner(winner: Winner) -> dict[str, object]:
    """Return how the rest gets its variant as JSON."""
    return {"after": format_duration(winner.after), "by": winner.by.value}


def _check_audience(audience: Audience, errors: list[FieldError]) -> None:
    if isinstance(audience, ByToken):
        errors.append(FieldError("audience", _TOKENS))
    elif is_small(audience):
        errors.append(FieldError("audience", _SMALL))


def _check_time(written: MessageBody | ChangeBody, errors: list[FieldError]) -> None:
    if isinstance(written.push_time, FamilyPushTime):
        text = "a message with variants goes to all at one instant: give one, or content instead of variants"
        errors.append(FieldError("push_time", text))


def _check_shares(variants: Sequence[VariantBody], winner: Winner | None, errors: list[FieldError]) -> None:
    names = [variant.name for variant in variants]
    for number, name in enumerate(names):
        if name in names[:number]:
            errors.append(FieldError(f"variants.{number}.name", f"{name} is the name of another variant"))
    total = sum(variant.share for variant in variants)
    is_whole = abs(total - WHOLE) <= _ROUNDING
    if winner and is_whole:
        text = "has no effect, because the variants go to all: leave it out, or lower the shares"
        errors.append(FieldError("winner", text))
    elif winner and total > WHOLE:
        errors.append(FieldError("variants", f"the shares are {total:g} together, and must be less than 100"))
    elif not winner and not is_whole:
        text = f"the shares are {total:g} together, and must be 100"
        text += "; or give winner, and the rest gets the better one" if total < WHOLE else ""
        errors.append(FieldError("variants", text))


def _below(head: str, errors: Sequence[FieldError]) -> list[FieldError]:
    return [FieldError(f"{head}.{error.field}", error.message) for error in errors]
