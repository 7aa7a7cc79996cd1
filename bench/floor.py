"""The least that a Python API needs for a durable POST: FastAPI, uvicorn and one Redis pipeline.

`python -m bench.floor PORT REDIS_URL` serves POST /v1/messages, the reference of bench.small.
"""

import time
import uuid

import uvicorn
from fastapi import FastAPI, Request, Response
from redis.asyncio import Redis

from bench.options import parser

app = FastAPI()


@app.post("/v1/messages")
async def post(request: Request) -> Response:
    """Store the body and its place in a queue."""
    redis: Redis = request.app.state.redis
    message_id, body = uuid.uuid4().hex, await request.body()
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hset(f"floor:{message_id}", "body", body)
        pipe.zadd("floor:queue", {message_id: time.time()})
        await pipe.execute()
    return Response(b'{"id":"%s"}' % message_id.encode(), 202, media_type="application/json")


def main() -> None:
    """Serve until a signal ends it."""
    options = parser(__doc__)
    options.add_argument("port", type=int)
    options.add_argument("redis_url")
    arguments = options.parse_args()
    app.state.redis = Redis.from_url(arguments.redis_url)
    uvicorn.run(
        app, port=arguments.port, loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main()
