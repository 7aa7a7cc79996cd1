"""Credentials that the simulated vendors accept, kept in a folder so that they survive a restart.

Which credentials there are is up to each vendor; this module knows none of them.
"""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from pushgate.sandbox.certificates import ensure_certificate
from pushgate.sandbox.key_files import write_private_key, write_secret

_KEY_ID = re.compile(r"[0-9A-Za-z]{1,64}")


class Credentials:
    """A folder of credentials.

    Each vendor asks for its own by name; missing ones are created and saved.
    """

    def __init__(self, folder: Path, base_url: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder.resolve()
        self._values_file = self._folder / "names.json"
        self._values: dict[str, str] = {}
        if self._values_file.exists():
            self._values = json.loads(self._values_file.read_text("utf-8"))
        self.base_url = base_url.rstrip("/")
        """Where the simulated vendors listen."""
        ensure_certificate(self._folder, urlsplit(self.base_url).hostname or "localhost")

    @property
    def ca_file(self) -> Path:
        """The CA that signed the vendors' certificate."""
        return self._folder / "ca.pem"

    @property
    def certificate_file(self) -> Path:
        """The vendors' TLS certificate."""
        return self._folder / "server.pem"

    @property
    def key_file(self) -> Path:
        """The private key of the TLS certificate."""
        return self._folder / "server.key"

    def value(self, name: str, default: str) -> str:
        """The saved value of this name; if there is none, `default` is saved and returned."""
        if name not in self._values:
            self._values[name] = default
            write_secret(self._values_file, json.dumps(self._values, indent=1).encode())
        return self._values[name]

    def file(self, name: str) -> Path:
        """The path of a file in the folder, which need not exist."""
        return self._folder / name

    def other_key_file(self, kind: str, key_id: str, suffix: str) -> Path | None:
        """The file of another key that somebody put into the folder, None where there is none.

        `<kind>-<key id><suffix>` is the key of this id. By such a key a rotation can be tried.
        """
        if not _KEY_ID.fullmatch(key_id):
            return None
        file = self.file(f"{kind}-{key_id}{suffix}")
        return file if file.exists() else None

    def p256_key_file(self, name: str) -> Path:
        """A file with a private key on the curve P-256 in PEM."""
        file = self.file(name)
        if not file.exists():
            write_private_key(file, ec.generate_private_key(ec.SECP256R1()))
        return file

    def server_settings(self) -> dict[str, object]:
        """The address of the simulated vendors and the CA of their certificate, as settings."""
        return {"endpoint": self.base_url, "ca_file": str(self.ca_file)}
