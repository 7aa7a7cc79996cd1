"""Checks whether a message may have its audience now: everything that it names exists, and it is
not empty. In: an audience. Out: errors and warnings.
"""

from typing import NamedTuple

from pushgate.apps.audience_check import warn_of_audience
from pushgate.apps.audience_references import check_references
from pushgate.apps.empty_audience import warn_of_empty
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.errors import FieldError
from pushgate.stores import Stores


class Findings(NamedTuple):
    """Errors, for which the message is refused, and warnings."""

    errors: list[FieldError]
    warnings: list[FieldError]


async def check_audience_now(
    stores: Stores, app: App, audience: Audience, message_id: str, *, is_required: bool
) -> Findings:
    """Check the audience of the message with this id. Where the message requires its audience,
    warnings are errors.

    Raises EngineUnavailable.
    """
    errors = await check_references(stores, app, audience, message_id=message_id)
    if errors:
        return Findings(errors, [])
    found = await warn_of_audience(stores, app, audience, is_required=is_required)
    found += await warn_of_empty(stores, app, audience, message_id, is_required=is_required)
    return Findings(found, []) if is_required else Findings([], found)


async def warn_of_saved(stores: Stores, app: App, audience: Audience) -> list[FieldError]:
    """Return the warnings that a message to this audience would have now. Raises
    EngineUnavailable.
    """
    found = await warn_of_audience(stores, app, audience)
    return found + await warn_of_empty(stores, app, audience, "", is_required=False)
