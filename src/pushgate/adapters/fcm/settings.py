"""`[apps.<app>.fcm]`: an app's settings for FCM. Pure."""

from pathlib import Path

from pydantic import Field

from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings


class FcmSettings(VendorSettings):
    """`[apps.<app>.fcm]`"""

    endpoint: EndpointUrl = "https://fcm.googleapis.com"
    service_account_file: Path = Field(
        description="the service account's JSON file; it names the token endpoint"
    )
    project_id: str | None = Field(default=None, description="the project, where it is not the file's")
