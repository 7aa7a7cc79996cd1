"""`[apps.<app>.fcm]`: an app's settings for FCM. Pure."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import orjson
from pydantic import Field

from pushgate.adapters.vendor_settings import ContentOf, EndpointUrl, VendorSettings


class FcmSettings(VendorSettings):
    """`[apps.<app>.fcm]`"""

    required: ClassVar[frozenset[str]] = frozenset(["service_account"])
    own_addresses: ClassVar[frozenset[str]] = frozenset(
        ["https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"]
    )

    endpoint: EndpointUrl = "https://fcm.googleapis.com"
    service_account: ContentOf = None
    service_account_file: Path | None = Field(
        default=None,
        description="the service account's JSON file; it names the token endpoint; required, or its content",
    )
    project_id: str | None = Field(default=None, description="the project, where it is not the file's")

    @classmethod
    def addresses_within(cls, section: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """The token endpoint that the service account names."""
        try:
            account = orjson.loads(str(section.get("service_account")))
        except ValueError:
            return
        if isinstance(account, dict) and "token_uri" in account:
            yield "service_account", str(account["token_uri"])
