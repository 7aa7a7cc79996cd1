"""All settings: every section of the configuration, from the file and the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pushgate.settings.api import ApiSettings
from pushgate.settings.apps import APP_NAME, AppSettings
from pushgate.settings.audit import AuditSettings
from pushgate.settings.console import ConsoleSettings
from pushgate.settings.gearman import GearmanSettings
from pushgate.settings.processes import (
    EventsSettings,
    HygieneSettings,
    LogSettings,
    MetricsSettings,
    RestoreSettings,
    SchedulerSettings,
    WorkerSettings,
)
from pushgate.settings.redis import RedisSettings
from pushgate.settings.secrets import SecretsSettings, VendorsSettings
from pushgate.settings.section import Section
from pushgate.settings.traces import TracesSettings
from pushgate.settings.webhooks import WebhookSettings


class Settings(Section, BaseSettings):
    """The whole configuration."""

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
    console: ConsoleSettings = ConsoleSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    hygiene: HygieneSettings = HygieneSettings()
    restore: RestoreSettings = RestoreSettings()
    events: EventsSettings = EventsSettings()
    worker: WorkerSettings = WorkerSettings()
    audit: AuditSettings = AuditSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    traces: TracesSettings = TracesSettings()
    secrets: SecretsSettings = SecretsSettings()
    vendors: VendorsSettings = VendorsSettings()
    webhooks: WebhookSettings = WebhookSettings()
    retention: timedelta = Field(
        default=timedelta(days=30),
        ge=timedelta(days=1),
        le=timedelta(days=3660),
        description="how long messages and their results are kept",
    )
    content_retention: timedelta | None = Field(
        default=None,
        ge=timedelta(days=1),
        le=timedelta(days=3660),
        description="how long the contents of messages are kept, where that is shorter than `retention`",
    )
    max_apps: int = Field(default=1_000, ge=1, le=100_000, description="how many apps the API can make")
    apps: dict[Annotated[str, Field(pattern=APP_NAME)], AppSettings] = Field(default_factory=dict)

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that the settings were read from; None for none."""
        return self._file

    def read_from(self, file: Path) -> "Settings":
        """Note the file that the settings were read from."""
        self._file = file.absolute()
        return self

    @field_validator("apps")
    @classmethod
    def _reject_operator(cls, value: dict[str, AppSettings]) -> dict[str, AppSettings]:
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
