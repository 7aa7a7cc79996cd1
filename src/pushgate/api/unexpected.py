"""Errors that nobody expected: logged with the request's id, answered with a problem document."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api.problem_types import ProblemCode
from pushgate.api.problems import document, respond
from pushgate.runtime import logs

_log = logs.get("api")


class Unexpected:
    """The innermost layer, so that a failed request is counted, logged and named as all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise  # the server cuts the connection
            _log.error("request failed", action="request_failed", exc_info=error)
            problem = document(ProblemCode.INTERNAL_ERROR, "something went wrong on our side; it is logged")
            await respond(problem)(scope, receive, send)
