"""Devices that register themselves: registrations, registration tokens, and keys that sign them."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from pushgate.api.schemas.base import RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import (
    AppVersion,
    Id,
    Language,
    Tag,
    Text,
    Timezone,
    Token,
    User,
    VendorName,
)
from pushgate.api.schemas.problems import FieldError
from pushgate.api.schemas.terminals import MAX_TAGS, OptOut, OptOutOrChange
from pushgate.devices.grant import MAX_TTL
from pushgate.devices.signing_keys import Algorithm

_DEFAULT_TTL = 600
KeyName = Annotated[Text, StringConstraints(max_length=200)]


class DeviceBody(RequestBody):
    """What an installation may set about itself."""

    vendor: VendorName
    token: Token = Field(description="the push token")
    language: Language | None = Field(default=None, description="BCP 47; unset = the app's default")
    timezone: Timezone | None = Field(default=None, description="IANA name, such as Asia/Shanghai")
    app_version: AppVersion | None = None
    opt_out: OptOut | None = Field(
        default=None, description="categories of which the terminal gets no messages; unset = as known"
    )
    device_secret: Annotated[str, StringConstraints(max_length=128)] | None = Field(
        default=None, description="the secret that the terminal has, where the device knows it"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"vendor": "apns", "token": "0f" * 32, "language": "zh-Hans", "app_version": "3.2.1"}
            ]
        }
    )


class DeviceChangeBody(RequestBody):
    """A change of a terminal by its device. Null clears a field, except vendor and push token;
    `user` can only be cleared.
    """

    vendor: str = Field(default="", max_length=32)
    token: Token = ""
    language: Language | None = Field(default=None, description="BCP 47; null = the app's default")
    timezone: Timezone | None = None
    app_version: AppVersion | None = None
    opt_out: OptOutOrChange | None = Field(
        default=None, description="all opt-outs by category, or those to add and remove; null = none"
    )
    user: None = Field(default=None, description="null logs the user out")


class Device(ResponseModel):
    """A terminal as its own device sees it."""

    id: Id
    vendor: VendorName
    token: str
    language: str
    user: str | None
    timezone: str | None
    app_version: str | None
    opt_out: list[str]
    warnings: list[FieldError]


class RegisteredDevice(Device):
    """A terminal that registered itself. The secret cannot be read again later."""

    device_secret: str


class RegistrationTokenBody(RequestBody):
    """What a registration token grants."""

    user: User | None = None
    tags: list[Tag] | None = Field(
        default=None, max_length=MAX_TAGS, description="unset = a known terminal keeps its tags"
    )
    terminal: Id | None = Field(default=None, description="the id to register; unset = any one")
    ttl: int = Field(
        default=_DEFAULT_TTL,
        ge=1,
        le=int(MAX_TTL.total_seconds()),
        description="seconds until the token expires",
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "u-17", "tags": ["vip"], "ttl": 600}]})


class RegistrationToken(ResponseModel):
    """A registration token. It cannot be read again later."""

    token: str
    expires_at: AwareDatetime


class RegistrationKeyBody(RequestBody):
    """A key with which the app's backend signs registration tokens: `public_key` for ES256,
    `secret` for HS256.
    """

    algorithm: Algorithm = Field(strict=False)
    public_key: Annotated[Text, StringConstraints(max_length=4096)] = optional("P-256, in PEM")
    secret: Annotated[str, StringConstraints(max_length=512)] = optional("32 to 256 random bytes, in base64")
    name: KeyName = ""


class RegistrationKey(ResponseModel):
    """A key with which the app's backend signs registration tokens, without the key itself."""

    id: str
    kid: str = Field(description="the `kid` in the header of a token")
    audience: str = Field(description="the `aud` of a token")
    algorithm: Algorithm
    fingerprint: str
    name: str
    created_at: AwareDatetime


class RegistrationKeys(ResponseModel):
    """The keys of an app, oldest first."""

    keys: list[RegistrationKey]
