"""Section of traces by OpenTelemetry."""

from pydantic import Field, field_validator

from pushgate.settings.section import Section


class TracesSettings(Section):
    """Traces of messages from POST to vendor."""

    endpoint: str | None = Field(
        default=None,
        max_length=400,
        description=(
            "where spans go by OTLP over HTTP, for example http://127.0.0.1:4318/v1/traces; unset = no "
            "traces. Needs `pip install 'pushgate[traces]'`"
        ),
    )
    sample_ratio: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="share of requests without a traceparent that begin a trace; others decide by theirs",
    )

    @field_validator("endpoint")
    @classmethod
    def _require_address(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(("http://", "https://")) and "@" not in value):
            raise ValueError("takes an http:// or https:// address without user and password")
        return value
