"""The HTTP application on the port of a scheduler or worker: its metrics, and probes."""

from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pushgate.fleet.watch import Watch

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def create_probe(registry: CollectorRegistry, watch: Watch) -> Starlette:
    """An ASGI application: `/metrics`, `/healthz` (the process is alive), `/readyz` (it reaches its
    store).
    """

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=MEDIA_TYPE)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        if watch.unreachable_since is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "redis": "out of reach"}, 503)

    return Starlette(
        routes=[Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz)]
    )
