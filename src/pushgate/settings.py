"""The configuration: `pushgate.toml`, overridden by environment variables. Reads files only when asked to."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.runtime.validation_text import explain

DEFAULT_FILE = Path("pushgate.toml")
APP_NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"
"""App names stand in Redis keys, URLs and callback tokens, so they are short and plain."""


_LONGEST = timedelta(hours=1)
"""For leases, deadlines and intervals: what is longer is a slip of the pen."""
_MOST_BYTES = 2**40
_MOST = 1_000_000_000


class Section(BaseModel):
    """A section refuses what it does not know, so that a slip of the pen is told, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch(cls, value: object, field: ValidationInfo) -> object:
        """`true` is no number. The other way round 1 is taken for true: the environment has no switches."""
        wanted = cls.model_fields[str(field.field_name)].annotation
        if isinstance(value, bool) and bool not in (wanted, *get_args(wanted)):
            raise ValueError("takes no true or false")
        return value


class RedisSettings(Section):
    """Where Redis or Valkey is."""

    url: str = Field(default="redis://127.0.0.1:6379/0", description="redis://, rediss:// or unix:// address")
    max_connections: int = Field(
        default=64, ge=4, le=65536, description="connections a process opens at most"
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not _is_redis_address(value):
            # The address may hold a password: it is not repeated.
            raise ValueError(
                "is not an address such as redis://:password@host:6379/0; write # as %23 in a password"
            )
        return value


def _is_redis_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        if parts.scheme == "unix":
            return bool(parts.path)
        return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # the port is no number
        return False


def _listed(value: object) -> object:
    """`a,b` is what one writes in an environment variable."""
    if not isinstance(value, str) and any(
        isinstance(item, bool | int | float)
        for item in (value if isinstance(value, list | tuple) else [value])
    ):
        raise ValueError("must be a list of texts")
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class GearmanSettings(Section):
    """Where the Gearman servers are."""

    servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1:4730",), min_length=1, description="host:port of each server; IPv4 or a name"
    )
    timeout: float = Field(
        default=5.0, gt=0, le=3600, description="seconds to wait for a server's answer to a submit"
    )
    max_queued: int = Field(
        default=2000,
        ge=1,
        le=_MOST,
        description="jobs of one app and vendor in Gearman's queue, about; more wait in Redis",
    )

    @field_validator("servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`a:4730,b:4730` is what one writes in an environment variable."""
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("servers")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for server in value:
            host, _, port = server.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise ValueError(f"{server!r} is not host:port, for example 127.0.0.1:4730")
        return value


class ApiSettings(Section):
    """The front door."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535, description="0 takes a free port")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        max_length=400,
        description="where vendors reach the API, as https://push.example.com: pushes name it for their receipts",
    )
    max_body: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        le=_MOST_BYTES,
        description="bytes a request body may have; imports are streams and not bound by it",
    )
    max_audience: int = Field(
        default=100_000, ge=1, le=_MOST, description="ids or tokens one message may list"
    )
    max_languages: int = Field(
        default=256,
        ge=1,
        le=4096,
        description="languages an app's terminals are grouped by; a further one loses its region, and past twice as many its terminals read the default language",
    )
    max_message: int = Field(
        default=256 * 1024,
        ge=1024,
        le=_MOST_BYTES,
        description="bytes of one message's content in all languages and its options",
    )
    max_in_hand: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        le=_MOST_BYTES,
        description="bytes of requests with a valid key that one process has in hand; more get 503. An eighth of it is for requests without a key",
    )
    max_connections: int = Field(
        default=4096,
        ge=1,
        le=_MOST,
        description="connections one process has open; more are refused with 503",
    )
    max_connections_per_client: int = Field(
        default=256,
        ge=1,
        le=_MOST,
        description="connections and running requests of one address (IPv6: one /64 network); more get 503",
    )
    access_log: int = Field(
        default=50,
        ge=0,
        le=_MOST,
        description="lines a second about requests, at most, and as many about those that failed; 0 = none",
    )
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        default=(),
        description="addresses or networks of reverse proxies: their X-Forwarded-For is believed, and they may open any number of connections",
    )
    header_timeout: timedelta = Field(
        default=timedelta(seconds=10),
        gt=timedelta(0),
        le=_LONGEST,
        description="how long a client may take to send a request's headers",
    )
    body_timeout: timedelta = Field(
        default=timedelta(seconds=60),
        gt=timedelta(0),
        le=_LONGEST,
        description="how long a client may take to send a body, or each 64 KiB of an import, and to read an answer",
    )
    idle_timeout: timedelta = Field(
        default=timedelta(seconds=65),
        ge=timedelta(seconds=1),
        le=_LONGEST,
        description="how long a connection stays open between two requests",
    )
    max_waiting: int = Field(
        default=1_000_000,
        ge=1,
        le=_MOST,
        description="an app's messages that may be scheduled or being sent; more get 429",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _listed(value)


class SchedulerSettings(Section):
    """Push time."""

    lease: timedelta = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        le=_LONGEST,
        description="how long a claimed message is held by one scheduler",
    )
    sweep_interval: timedelta = Field(
        default=timedelta(seconds=5),
        gt=timedelta(0),
        le=_LONGEST,
        description="how often lost work is looked for",
    )
    resubmit_after: timedelta = Field(
        default=timedelta(seconds=60),
        gt=timedelta(0),
        le=_LONGEST,
        description="a queued job not taken for this long is submitted again",
    )


class WorkerSettings(Section):
    """Sending."""

    vendors: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="vendors this worker serves; empty = all that any app has"
    )
    connections: int = Field(
        default=4, ge=1, le=64, description="Gearman connections, so jobs in hand at once"
    )
    urgent_connections: int = Field(
        default=1,
        ge=0,
        le=64,
        description="connections beside those, for messages of high priority to few terminals alone",
    )
    lease: timedelta = Field(
        default=timedelta(seconds=15),
        gt=timedelta(0),
        le=_LONGEST,
        description="how long a block is held by one worker without a sign of life",
    )
    flush_interval: timedelta = Field(
        default=timedelta(milliseconds=50),
        gt=timedelta(0),
        le=_LONGEST,
        description="outcomes are recorded at least this often",
    )
    drain_timeout: timedelta = Field(
        default=timedelta(seconds=25),
        gt=timedelta(0),
        le=_LONGEST,
        description="how long jobs in hand may take after SIGTERM",
    )

    @field_validator("vendors", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _listed(value)

    @field_validator("flush_interval")
    @classmethod
    def _within_the_lease(cls, value: timedelta, others: ValidationInfo) -> timedelta:
        lease = others.data.get("lease")
        if lease is not None and value >= lease:
            raise ValueError("must be shorter than worker.lease, which each record renews")
        return value


class MetricsSettings(Section):
    """The port of each scheduler and worker for its metrics and probes. The API has them on its own port."""

    host: str = "127.0.0.1"
    port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="0 takes a free port, which the log and /status tell; processes of one host need different ports",
    )


class LogSettings(Section):
    """Structured logs on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class AppSettings(Section):
    """One app. Every further key is a vendor's section, checked by that vendor's own model."""

    model_config = ConfigDict(extra="allow", frozen=True)

    default_language: str = "en"
    shards: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="parts the registry is cut into; fixed once the app has terminals",
    )

    @property
    def vendors(self) -> dict[str, object]:
        """Each vendor's section as it was written, by the vendor's name."""
        return dict(self.model_extra or {})


class Settings(Section, BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix="PUSHGATE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    redis: RedisSettings = RedisSettings()
    gearman: GearmanSettings = GearmanSettings()
    api: ApiSettings = ApiSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    worker: WorkerSettings = WorkerSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    retention: timedelta = Field(
        default=timedelta(days=30),
        ge=timedelta(days=1),
        le=timedelta(days=3660),
        description="how long messages and their results are kept",
    )
    apps: dict[Annotated[str, Field(pattern=APP_NAME)], AppSettings] = Field(default_factory=dict)

    @field_validator("apps")
    @classmethod
    def _no_operator(cls, value: dict[str, AppSettings]) -> dict[str, AppSettings]:
        if "operator" in value:
            raise ValueError(
                "an app cannot be called operator: that is the scope of keys which belong to no app"
            )
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        file = init_settings.init_kwargs if isinstance(init_settings, InitSettingsSource) else {}
        return env_settings, InitSettingsSource(settings_cls, init_kwargs=file)


class PartlyReadable(ConfigurationError):
    """Some settings are wrong. `rest` has what can be read, and defaults for all else, so that more can be checked."""

    def __init__(self, faults: Sequence[FieldError], rest: Settings) -> None:
        super().__init__(faults)
        self.rest = rest


def load(file: Path | None = None) -> Settings:
    """Read the file (else the one PUSHGATE_CONFIG names, else ./pushgate.toml if it is there) and the environment.

    Raises PartlyReadable that names every bad setting but those of vendors, and ConfigurationError for what is no TOML.
    """
    named = file or (Path(os.environ["PUSHGATE_CONFIG"]) if os.environ.get("PUSHGATE_CONFIG") else None)
    path = named or DEFAULT_FILE
    written: dict[str, object] = {}
    try:
        if named or path.exists():
            written = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError([FieldError(str(path), f"cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([FieldError(str(path), f"is not valid TOML: {error}")]) from error
    return parse(written)


def parse(written: dict[str, object]) -> Settings:
    """Settings from a file's content and the environment. Raises PartlyReadable, as `load` does."""
    try:
        return Settings(**written)  # type: ignore[arg-type]  # pydantic checks what the file holds
    except ValidationError as error:
        merged = _merged(written, EnvSettingsSource(Settings)())
        raise PartlyReadable(faults(error), _readable(merged)) from error
    except SettingsError as error:
        told = "a PUSHGATE_ variable of a section is not valid JSON"
        raise PartlyReadable([FieldError("environment", told)], _readable(written)) from error


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(under, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return merged


def _readable(written: Mapping[str, object]) -> Settings:
    """The sections that are right, each app's vendors as they are written, and defaults for all else."""
    sections: dict[str, object] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section) and name in written:
            with suppress(ValidationError):
                sections[name] = type(field.default).model_validate(written[name])
    apps = written.get("apps")
    found = apps.items() if isinstance(apps, Mapping) else ()
    sections["apps"] = {name: _readable_app(app) for name, app in found if isinstance(app, Mapping)}
    return Settings.model_construct(None, **sections)


def _readable_app(written: Mapping[str, object]) -> AppSettings:
    try:
        return AppSettings.model_validate(written)
    except ValidationError:
        vendors = {name: value for name, value in written.items() if name not in AppSettings.model_fields}
        return AppSettings.model_construct(None, **vendors)


def faults(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """A pydantic error as faults by field path; never repeats the value, which may be a secret."""
    return [
        FieldError(
            ".".join([prefix, *map(str, item["loc"])]).strip("."),
            explain(item["type"], item["msg"], item.get("ctx", {})),
        )
        for item in error.errors(include_url=False, include_input=False)
    ]
