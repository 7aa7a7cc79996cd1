"""Sections about secrets: master keys, callback keys, and what vendors' sections by API may say."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from pushgate.settings.section import Section


class SecretsSettings(Section):
    """The keys of the installation: each as a file, or as its content."""

    key: SecretStr | None = Field(
        default=None,
        max_length=4096,
        description="the master keys themselves, as in `key_file`; best in PUSHGATE_SECRETS__KEY",
    )
    key_file: Path | None = Field(
        default=None,
        description=(
            "file of the master keys, by which secrets in Redis are sealed: a base64 key of 32 bytes a line; "
            "the first seals, all open"
        ),
    )

    callback_key: SecretStr | None = Field(
        default=None,
        max_length=4096,
        description="the callback keys themselves, as in `callback_key_file`",
    )
    callback_key_file: Path | None = Field(
        default=None,
        description=(
            "file of the keys behind callback tokens and receipt URLs, in the form of `key_file`: "
            "the first signs, all verify; unset = Redis has them"
        ),
    )

    @field_validator("key", "callback_key", mode="before")
    @classmethod
    def _unset_where_empty(cls, value: object) -> object:
        """Treat an empty environment variable as unset."""
        return None if value == "" else value

    @field_validator("key_file", "callback_key_file")
    @classmethod
    def _require_one(cls, value: Path | None, others: ValidationInfo) -> Path | None:
        content = str(others.field_name).removesuffix("_file")
        if value is not None and others.data.get(content) is not None:
            raise ValueError(f"is not used with secrets.{content}: remove one of them")
        return value


class VendorsSettings(Section):
    """What the sections of vendors that come by API may say."""

    allow_endpoints: bool | None = Field(
        default=None,
        description=(
            "endpoints, proxies and push services other than the vendors' own are taken by API, too; "
            "whoever may set them can reach this network. Unset = false, and true in `pushgate up`"
        ),
    )


def revealed(section: Section) -> dict[str, str]:
    """The contents that a section holds, in clear, by setting. They are meant for a file that only
    its owner can read.
    """
    return {name: value.get_secret_value() for name, value in section if isinstance(value, SecretStr)}
