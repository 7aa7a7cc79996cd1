"""The guide is served as it was built, and each page may run its own inline code and no other."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from pushgate.console.guide import Guide

SCRIPT = "document.body.dataset.theme = 'auto';"
PAGE = f"<!doctype html><title>Home</title><style>p{{}}</style><script>{SCRIPT}</script>"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    return tmp_path / "pages"


@pytest.fixture
async def client(pages: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=[Mount("/guide", Guide(pages))]))
    async with httpx.AsyncClient(transport=transport, base_url="http://pushgate") as client:
        yield client


def write(pages: Path, name: str, text: str) -> None:
    (pages / name).parent.mkdir(parents=True, exist_ok=True)
    (pages / name).write_text(text, "utf-8")


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


async def test_the_policy_of_a_page_allows_its_inline_code_by_hash(
    client: httpx.AsyncClient, pages: Path
) -> None:
    write(pages, "index.html", PAGE)
    policy = (await client.get("/guide/")).headers["Content-Security-Policy"]
    assert f"script-src 'self' {digest(SCRIPT)};" in policy
    assert f"style-src 'self' {digest('p{}')};" in policy
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none';")


async def test_a_page_that_changes_has_another_policy(client: httpx.AsyncClient, pages: Path) -> None:
    write(pages, "index.html", PAGE)
    before = (await client.get("/guide/")).headers["Content-Security-Policy"]
    write(pages, "index.html", PAGE.replace("auto", "dark"))
    assert (await client.get("/guide/")).headers["Content-Security-Policy"] != before


async def test_a_folder_answers_its_index_and_an_unknown_page_404(
    client: httpx.AsyncClient, pages: Path
) -> None:
    write(pages, "index.html", PAGE)
    write(pages, "adr/index.html", "decisions")
    assert (await client.get("/guide/adr/")).text == "decisions"
    assert (await client.get("/guide/none.html")).status_code == 404
    assert (await client.post("/guide/")).status_code == 405


@pytest.mark.parametrize("path", ["../secret", "%2e%2e/secret", "..%2fsecret"])
async def test_no_path_leaves_the_folder_of_the_pages(
    client: httpx.AsyncClient, pages: Path, path: str
) -> None:
    write(pages, "index.html", PAGE)
    (pages.parent / "secret").write_text("secret", "utf-8")
    assert (await client.get(f"/guide/{path}")).status_code == 404


async def test_without_built_pages_it_says_which_command_builds_them(
    client: httpx.AsyncClient, pages: Path
) -> None:
    answer = await client.get("/guide/how-to/alert.html")
    assert answer.status_code == 404
    assert "make site" in answer.text
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    write(pages, "index.html", PAGE)
    assert (await client.get("/guide/")).status_code == 200
