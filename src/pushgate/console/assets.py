"""Styles, scripts and icons. The address of each has a digest of its content, so that browsers keep
them for good.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

PREFIX = "/assets/"
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, and the same compressed."""

    media_type: str
    content: bytes
    compressed: bytes


class Assets:
    """The files of the package, read once."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._paths: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        for name, content in files.items():
            stem, _, extension = name.rpartition(".")
            path = f"{PREFIX}{stem}.{hashlib.sha256(content).hexdigest()[:16]}.{extension}"
            self._paths[name] = path
            self._assets[path] = Asset(_TYPES[extension], content, gzip.compress(content, 9, mtime=0))

    @classmethod
    def read(cls) -> "Assets":
        """Read the files of the package."""
        folder = resources.files("pushgate.console") / "assets"
        files = (file for file in folder.iterdir() if file.name.rpartition(".")[2] in _TYPES)
        return cls({file.name: file.read_bytes() for file in files})

    def path(self, name: str) -> str:
        """Return the address of a file. Raises KeyError."""
        return self._paths[name]

    def sizes(self) -> Mapping[str, int]:
        """Return the compressed bytes of each file."""
        return {name: len(self._assets[path].compressed) for name, path in self._paths.items()}

    def respond(self, request: Request) -> Response | None:
        """Return the file at the path of a request, None where there is none."""
        asset = self._assets.get(request.url.path)
        if asset is None:
            return None
        headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.compressed, media_type=asset.media_type, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)
