"""The section of the identity provider by which people sign in to the console."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from pushgate.domain.app import Scope
from pushgate.settings.apps import APP_NAME
from pushgate.settings.section import Section, split_texts

_GRANT = rf"^(operator|({APP_NAME.strip('^$')}):([a-z:]+)(,[a-z:]+)*)$"
Grant = Annotated[str, Field(pattern=_GRANT, max_length=400)]


class OidcSettings(Section):
    """An OpenID Connect provider, and what its people may do."""

    issuer: str = Field(
        pattern=r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:|/|$))[^\s?#]*$",
        max_length=400,
        description="the provider, as https://sso.example.com; its discovery document is read below it",
    )
    client_id: str = Field(
        min_length=1, max_length=400, description="the name of the console at the provider"
    )
    client_secret: SecretStr | None = Field(
        default=None, max_length=4096, description="unset = a public client, which PKCE alone protects"
    )
    client_secret_file: Path | None = Field(default=None, description="file of the secret")
    ca_file: Path | None = Field(
        default=None, description="PEM file of the CAs of the provider's certificate; unset = the system's"
    )
    name: str = Field(
        default="SSO", min_length=1, max_length=60, description="what the button on the sign-in page says"
    )
    scopes: Annotated[tuple[Annotated[str, Field(pattern=r"^[\x21-\x7e]+$")], ...], NoDecode] = Field(
        default=("openid", "profile", "email"), description="what is asked for; openid is a must"
    )
    claim: str = Field(
        default="groups", min_length=1, max_length=200, description="the claim that decides, a text or a list"
    )
    grants: Mapping[Annotated[str, Field(min_length=1, max_length=400)], tuple[Grant, ...]] = Field(
        min_length=1,
        max_length=1000,
        description="what each value of the claim allows: `operator`, or `<app>:<scope>,<scope>`",
    )

    _split = field_validator("scopes", mode="before")(split_texts)

    @field_validator("scopes")
    @classmethod
    def _ask_for_identity(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("must contain openid")
        return value

    @field_validator("grants")
    @classmethod
    def _name_known_scopes(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        known = {scope.value for scope in Scope if scope is not Scope.OPERATOR}
        for grant in (grant for grants in value.values() for grant in grants):
            names = set(grant.partition(":")[2].split(",")) if grant != Scope.OPERATOR else set()
            if unknown := names - known:
                raise ValueError(f"{min(unknown)} is no scope; there are {', '.join(sorted(known))}")
        return value

    @model_validator(mode="after")
    def _require_one_secret(self) -> "OidcSettings":
        if self.client_secret is not None and self.client_secret_file is not None:
            raise ValueError("client_secret and client_secret_file are both set: remove one of them")
        return self
