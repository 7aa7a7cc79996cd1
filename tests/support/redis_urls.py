"""Addresses of the servers of tests, as the configuration has them."""

from redis.asyncio import Redis


def url_of(redis: Redis) -> str:
    """The address of a client's database, which it reaches by a socket."""
    known = redis.connection_pool.connection_kwargs
    return f"unix://{known['path']}?db={known['db']}"
