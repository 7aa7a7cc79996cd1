"""Responses of the sandbox's own API."""

import orjson
from starlette.responses import Response


def api_response(value: object, status: int = 200) -> Response:
    """A response with a JSON body."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def api_error(problem: str) -> Response:
    """A 422 that says what is wrong with the request."""
    return api_response({"error": problem}, 422)
