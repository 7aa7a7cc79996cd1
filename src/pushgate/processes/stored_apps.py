"""The apps that the API made, opened once, for commands."""

from redis.asyncio import Redis

from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.document_opening import DocumentOpening
from pushgate.apps.opening import OpeningContext
from pushgate.processes.sealing import open_sealer
from pushgate.settings.model import Settings


async def stored_apps(settings: Settings, redis: Redis, context: OpeningContext) -> dict[str, ConfiguredApp]:
    """The apps in Redis by name, those left out that are being deleted or that the file has, too.

    Raises ConfigurationError where master keys cannot be read, EngineUnavailable.
    """
    opening = DocumentOpening(
        context=context, sealer=open_sealer(settings), public_url=settings.api.public_url
    )
    documents = await AppDocuments(redis, context.clock, settings.max_apps).read_all()
    wanted = [one for one in documents.values() if not one.deleting_since and one.app not in settings.apps]
    opened = [opening.open(document, None) for document in wanted]
    return {one.document.app: one.configured for one in opened if one}
