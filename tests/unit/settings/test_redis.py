"""Where Redis is: one server, a master that sentinels name, or a cluster."""

import pytest

from pushgate.domain.errors import ConfigurationError
from pushgate.settings.loading import parse
from pushgate.settings.redis import RedisSettings


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"cluster": "a:1", "sentinels": "b:1"}, "cluster and sentinels are both set"),
        (
            {"cluster": "a:1", "url": "redis://host:6379/0"},
            "with cluster, url says scheme, user and password",
        ),
        ({"sentinels": "a:1", "url": "unix:///socket"}, "with sentinels, url says scheme, user and password"),
        ({"url": "redis://user:secret@"}, "url names no server"),
        ({"cluster": "a:1", "url": "redis://:secret@/3"}, "a cluster has database 0 alone"),
        ({"cluster": "a:1", "url": "redis://:secret@?db=3"}, "a cluster has database 0 alone"),
        ({"url": "redis://a:1/shop"}, "names a database that is no number"),
        ({"url": "redis://a:1?socket_timeout=secret"}, "may say db, username, password after ?"),
        ({"url": "redis://a:1?ssl_cert_reqs=none"}, "may say db, username, password after ?"),
        ({"url": "rediss://a:1?ssl_cert_reqs=secret"}, "another ssl_cert_reqs than none"),
        ({"cluster": "a"}, "'a' is not host:port"),
        ({"sentinel_master": "other"}, "sentinel_master has no effect without sentinels"),
        ({"tls_ca_file": "ca.pem"}, "tls_ca_file has no effect without TLS: begin url with rediss://"),
        ({"url": "rediss://a:1", "tls_key_file": "key.pem"}, "has no effect without tls_cert_file"),
        ({"sentinels": "a:1", "sentinel_username": "me"}, "sentinel_username needs sentinel_password"),
        ({"socket_timeout": 0}, "must be at least 0.1"),
    ],
)
def test_a_contradiction_is_told_with_its_remedy(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse({"redis": given})
    (error,) = raised.value.errors
    assert error.field.startswith("redis")
    assert problem in error.message
    assert "secret" not in error.message


@pytest.mark.parametrize(
    ("given", "access", "timeout"),
    [
        ({}, "redis://127.0.0.1:6379/0", 20),
        ({"cluster": "a:1,b:2"}, "redis://", 1.5),
        ({"sentinels": ["a:1"], "url": "rediss://me:secret@/2"}, "rediss://me:secret@/2", 1.5),
        ({"sentinels": ["a:1"], "socket_timeout": 0.7}, "redis://", 0.7),
        ({"url": "unix:///run/redis.sock?db=2"}, "unix:///run/redis.sock?db=2", 20),
        ({"url": "rediss://a:1/2?ssl_cert_reqs=none"}, "rediss://a:1/2?ssl_cert_reqs=none", 20),
    ],
)
def test_servers_that_can_be_replaced_are_waited_for_briefly(
    given: dict[str, object], access: str, timeout: float
) -> None:
    settings = parse({"redis": given}).redis
    assert (settings.access, settings.timeout) == (access, timeout)


def test_the_password_of_sentinels_is_not_printed() -> None:
    assert "hunter2" not in repr(
        RedisSettings.model_validate({"sentinels": ["a:1"], "sentinel_password": "hunter2"})
    )
