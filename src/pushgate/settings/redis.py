"""Section of Redis or Valkey: one server, a master that Sentinel names, or a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from pushgate.settings.section import Section, require_addresses, split_at_commas

DEFAULT_URL = "redis://127.0.0.1:6379/0"
_TAKEOVER_TIMEOUT = 1.5
_IN_QUERY = ("db", "username", "password")
_IN_QUERY_OF_TLS = ("ssl_cert_reqs", "ssl_check_hostname")
"""What an address may have after its question mark. Other settings have the rest."""
_SINGLE_TIMEOUT = 20.0
"""A slow single server is waited for, because no other server takes over."""


class RedisSettings(Section):
    """Where Redis or Valkey is: one server, or several with `cluster` or `sentinels`."""

    url: str = Field(
        default=DEFAULT_URL,
        description=(
            "redis://, rediss:// (TLS) or unix:// address; with `cluster` or `sentinels` the scheme, "
            "user and password without a host: rediss://user:password@"
        ),
    )
    cluster: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        max_length=100,
        description="host:port of some nodes of a cluster, which name all others",
    )
    sentinels: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), max_length=100, description="host:port of each sentinel, which name the master"
    )
    sentinel_master: str = Field(
        default="pushgate", min_length=1, max_length=200, description="the master's name at the sentinels"
    )
    sentinel_username: str | None = Field(
        default=None, min_length=1, max_length=400, description="a user of the sentinels, not of Redis"
    )
    sentinel_password: SecretStr | None = Field(
        default=None, max_length=4096, description="the password at the sentinels; unset = none"
    )
    tls_ca_file: Path | None = Field(
        default=None,
        description="PEM file of the CAs of the servers' certificates; unset = the system's",
    )
    tls_cert_file: Path | None = Field(
        default=None, description="PEM file of this client's certificate, where the servers ask for one"
    )
    tls_key_file: Path | None = Field(
        default=None, description="PEM file of its key; unset = in `tls_cert_file`"
    )
    max_connections: int = Field(
        default=64, ge=4, le=65536, description="connections a process opens at most to each server"
    )
    socket_timeout: float | None = Field(
        default=None,
        ge=0.1,
        le=60,
        description=(
            "seconds to wait for a server's answer; shorter than down-after-milliseconds of the sentinels "
            "and cluster-node-timeout. Unset = 1.5 with `cluster` or `sentinels`, else 20"
        ),
    )

    wait_replicas: int = Field(
        default=0,
        ge=0,
        le=5,
        description=(
            "replicas that must have a message, a change or cancel, a plan, a registration, an API key, or "
            "the mark before an at-most-once push, before Pushgate goes on; 0 = none"
        ),
    )
    wait_replicas_required: bool = Field(
        default=False,
        description="answer 503 where too few have it in time; otherwise go on, and tell it in /status",
    )

    _split = field_validator("cluster", "sentinels", mode="before")(split_at_commas)

    @property
    def has_several(self) -> bool:
        """Whether other servers take over for one that fails."""
        return bool(self.cluster or self.sentinels)

    @property
    def timeout(self) -> float:
        """Seconds to wait for a server's answer."""
        return self.socket_timeout or (_TAKEOVER_TIMEOUT if self.has_several else _SINGLE_TIMEOUT)

    @property
    def access(self) -> str:
        """The URL; without a host where `cluster` or `sentinels` say where the servers are."""
        return "redis://" if self.has_several and self.url == DEFAULT_URL else self.url

    @field_validator("url")
    @classmethod
    def _require_redis_url(cls, value: str) -> str:
        if not _is_redis_url(value):
            # The address may hold a password: it is not repeated.
            raise ValueError(
                "is not an address such as redis://:password@host:6379/0; write # as %23 in a password"
            )
        return value

    @field_validator("url")
    @classmethod
    def _require_known_parts(cls, value: str) -> str:
        if not _database(value).isdecimal():
            raise ValueError("names a database that is no number: write redis://host:6379/0")
        allowed = _IN_QUERY + (_IN_QUERY_OF_TLS if value.startswith("rediss://") else ())
        query = parse_qs(urlsplit(value).query, keep_blank_values=True)
        if query.keys() - set(allowed):  # it may hold a password: it is not repeated
            raise ValueError(f"may say {', '.join(allowed)} after ?, and says something else")
        if not set(query.get("ssl_cert_reqs", ())) <= {"none", "optional", "required"}:
            raise ValueError("has another ssl_cert_reqs than none, optional or required")
        return value

    @field_validator("cluster", "sentinels")
    @classmethod
    def _require_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return require_addresses(value, "10.0.0.1:6379")

    @model_validator(mode="after")
    def _require_one_meaning(self) -> "RedisSettings":
        for is_wrong, problem in self._contradictions():
            if is_wrong:
                raise ValueError(problem)
        return self

    def _contradictions(self) -> Iterator[tuple[bool, str]]:
        """What must not be, and what the operator reads where it is."""
        several = "cluster" if self.cluster else "sentinels"
        yield (
            bool(self.cluster and self.sentinels),
            "cluster and sentinels are both set: a cluster needs no sentinels, so remove one of them",
        )
        yield (
            self.has_several and _names_server(self.access),
            f"url names a server and {several} names others: with {several}, url says scheme, user and "
            "password alone, for example rediss://user:password@",
        )
        yield (
            not self.has_several and not _names_server(self.url),
            "url names no server: add its host, or name servers in cluster or sentinels",
        )
        yield (
            bool(self.cluster) and _database(self.access) != "0",
            "url names a database, and a cluster has database 0 alone: remove it from url",
        )
        at_sentinels = {"sentinel_master", "sentinel_username", "sentinel_password"} & self._changed()
        yield (
            bool(at_sentinels) and not self.sentinels,
            f"{min(at_sentinels, default='')} has no effect without sentinels: name them, or remove it",
        )
        of_tls = {"tls_ca_file", "tls_cert_file", "tls_key_file"} & self._changed()
        yield (
            bool(of_tls) and not self.access.startswith("rediss://"),
            f"{min(of_tls, default='')} has no effect without TLS: begin url with rediss://, or remove it",
        )
        yield (
            self.tls_key_file is not None and self.tls_cert_file is None,
            "tls_key_file has no effect without tls_cert_file: name the certificate, or remove the key",
        )
        yield (
            self.wait_replicas_required and not self.wait_replicas,
            "wait_replicas_required has no effect without wait_replicas: set how many, or remove it",
        )
        yield (
            self.sentinel_username is not None and self.sentinel_password is None,
            "sentinel_username needs sentinel_password: set it, or remove the user",
        )

    def _changed(self) -> set[str]:
        return {
            name for name, field in type(self).model_fields.items() if getattr(self, name) != field.default
        }


def _is_redis_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        if parts.scheme == "unix":
            return bool(parts.path)
        if parts.scheme not in ("redis", "rediss") or (parts.port is not None and not parts.hostname):
            return False
        return (parts.port or 1) > 0 and text.startswith(f"{parts.scheme}://")
    except ValueError:  # the port is no number
        return False


def _names_server(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "unix" or bool(parts.hostname)


def _database(url: str) -> str:
    parts = urlsplit(url)
    in_path = "" if parts.scheme == "unix" else parts.path.strip("/")
    return parse_qs(parts.query).get("db", [in_path or "0"])[0]
