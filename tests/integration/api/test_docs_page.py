"""`/docs` and its files, as a browser gets them."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from tests.support.api.clients import ApiClients

import pushgate.api.docs_page

FILES = Path(pushgate.api.docs_page.__path__[0]) / "files"


async def test_the_page_names_only_files_that_the_api_serves(clients: ApiClients) -> None:
    page = await clients.anyone.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert named
    for address in set(named) - {"data:,"}:
        answer = await clients.anyone.get(f"/{address}")
        assert answer.status_code == 200, address
        assert answer.content


@pytest.mark.parametrize("path", ["/docs", "/docs/page.js", "/docs/swagger-ui-bundle.js"])
async def test_the_policy_allows_no_inline_code_and_no_other_origin(clients: ApiClients, path: str) -> None:
    headers = (await clients.anyone.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self';" in policy
    assert "img-src 'self' data:;" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_file_that_the_browser_has_is_not_sent_again(clients: ApiClients) -> None:
    first = await clients.anyone.get("/docs/swagger-ui.css")
    assert first.headers["content-encoding"] == "gzip"
    again = await clients.anyone.get(
        "/docs/swagger-ui.css", headers={"If-None-Match": f'"old", W/{first.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_other_names_are_no_files(clients: ApiClients) -> None:
    for name in ("README.md", "page.py", "..%2fpage.py", "swagger-ui.css.gz"):
        assert (await clients.anyone.get(f"/docs/{name}")).status_code == 404
    moved = await clients.anyone.get("/docs/")
    assert (moved.status_code, moved.headers["location"]) == (308, "../docs")


def test_the_bundled_files_are_those_that_the_readme_names() -> None:
    rows = dict(re.findall(r"\| `(\S+)` \| `(\w{64})` \|", (FILES / "README.md").read_text("utf-8")))
    assert {path.stem for path in FILES.glob("*.gz")} == rows.keys()
    for name, digest in rows.items():
        content = gzip.decompress((FILES / f"{name}.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == digest, name
