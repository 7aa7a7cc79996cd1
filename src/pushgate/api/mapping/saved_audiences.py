"""Saved audiences, domain -> JSON. Pure."""

from collections.abc import Sequence

import orjson

from pushgate.api.times import format_instant
from pushgate.audiences.json_form import decode, encode
from pushgate.audiences.naming import saved_names
from pushgate.domain.audience import Frozen
from pushgate.freezing.freeze import FreezeState
from pushgate.freezing.freezing import FreezeProgress
from pushgate.messages.saved_audiences import MAX_SHOWN_USERS, SavedAudience


def from_saved(saved: SavedAudience) -> dict[str, object]:
    """A saved audience in a list."""
    return {
        "name": saved.name,
        "created_at": format_instant(saved.created_at),
        "changed_at": format_instant(saved.changed_at),
        "audience": orjson.Fragment(saved.short),
    }


def from_whole(
    saved: SavedAudience, rule: bytes, named_by: Sequence[str], progress: FreezeProgress | None
) -> dict[str, object]:
    """A saved audience with its whole rule, and the things that name it. `progress` is that of the
    audience that is frozen, or being frozen, under the same name.
    """
    return {
        **from_saved(saved),
        "audience": orjson.Fragment(rule),
        "names": saved_names(decode(rule)),
        "named_by": named_by[:MAX_SHOWN_USERS],
        "frozen": _from_progress(progress) if progress else None,
    }


def from_new(progress: FreezeProgress) -> dict[str, object]:
    """An audience that is being frozen under a name without a saved audience."""
    freeze = progress.freeze
    rule = encode(Frozen(freeze.key))
    saved = SavedAudience(
        name=freeze.name,
        created_at=freeze.requested_at,
        changed_at=freeze.requested_at,
        short=rule.decode(),
    )
    return from_whole(saved, rule, (), progress)


def _from_progress(progress: FreezeProgress) -> dict[str, object]:
    freeze = progress.freeze
    return {
        "status": "frozen" if freeze.state is FreezeState.FROZEN else "freezing",
        "frozen_at": format_instant(freeze.requested_at),
        "of": orjson.Fragment(freeze.of),
        "terminals": freeze.terminals,
        "marked": progress.marked,
    }
