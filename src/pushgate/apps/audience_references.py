"""Checks whether the messages and saved audiences that an expression names exist. In: an audience.
Out: an error for each that does not.
"""

from pushgate.audiences.naming import naming_nodes
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, HadOutcome, Saved
from pushgate.domain.errors import FieldError, NotFound
from pushgate.stores import Stores


async def check_references(
    stores: Stores, app: App, audience: Audience, field: str = "audience", message_id: str = ""
) -> list[FieldError]:
    """Return an error for each node that names nothing of the app.

    `field` is where the audience stands in the request; `message_id` is the message that gets the
    audience, which has no outcomes yet. Raises EngineUnavailable.
    """
    named = list(naming_nodes(audience, field))
    names = {node.name for _, node in named if isinstance(node, Saved)}
    unknown = await stores.saved_audiences.unknown(app, names) if names else set()
    known_messages: dict[str, bool] = {}
    errors: list[FieldError] = []
    for path, node in named:
        match node:
            case Saved(name) if name in unknown:
                errors.append(FieldError(path, "is the name of no saved audience"))
            case HadOutcome(_, earlier) if earlier == message_id:
                errors.append(FieldError(path, "is this message itself; name an earlier one"))
            case HadOutcome(_, earlier):
                if earlier not in known_messages:
                    known_messages[earlier] = await _exists(stores, app, earlier)
                if not known_messages[earlier]:
                    text = "is no message of the app; it may be forgotten, or of another app"
                    errors.append(FieldError(path, text))
    return errors


async def _exists(stores: Stores, app: App, message_id: str) -> bool:
    try:
        if await stores.tracked.messages.account(app, message_id, bodies=False, slots=False) is None:
            await stores.messages.read_envelope(app.name, message_id)
    except NotFound:
        return False
    return True
