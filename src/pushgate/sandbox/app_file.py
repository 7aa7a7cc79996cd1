"""A configuration with an app that uses the sandbox."""

from pathlib import Path

import tomli_w

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.key_files import write_secret
from pushgate.sandbox.registry import demo_sections

SANDBOX_APP = "demo"


def write_app_file(file: Path, credentials: Credentials) -> None:
    """Write a `pushgate.toml` with the app `demo`, whose vendors are the simulated ones.

    The file holds the credentials that these vendors accept. Its folder is made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    app = {"default_language": "en", **demo_sections(credentials)}
    write_secret(file, tomli_w.dumps({"apps": {SANDBOX_APP: app}}).encode())
