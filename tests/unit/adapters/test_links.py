"""Addresses that a message may name: pictures, and what a click opens."""

import pytest
from pydantic import TypeAdapter, ValidationError

from pushgate.adapters.links import HttpsUrl, Link, Page, Picture, WebUrl

DANGEROUS = [
    "javascript:alert(1)", "vbscript:msgbox(1)", "livescript:x", "data:text/html,x", "blob:https://example.com/x",
    "view-source:https://example.com", "file:///etc/passwd", "about:blank", "filesystem:https://example.com/x",
    "content://contacts", "jar:https://example.com!/x", "ftp://example.com/x", "ws://example.com/x",
    "chrome://settings", "itms-services://?action=download-manifest", "ms-msdt:/id",
]  # fmt: skip
DECEIVING = [
    "https://user:pw@example.com/", "https://user@example.com/", "https://@example.com/", "shop://user:pw@host/x",
    "https://example.com\\@evil.example/", "https://example.com/a b", "https://example.com/\n", "https://exa\tmple.com/",
    "https://example.com/\u202egnp.exe", "java\nscript:alert(1)", " https://example.com/",
    "java%73cript:alert(1)",
    "https://example.com%40evil.example/", "https://ex%61mple.com/", "https:/\\evil.example/",
    "https:evil.example",
    "https:/evil.example", "https://example.com\uff0f@evil.example/", "https://example.com\uff20evil.example/",
    "https://example.com&@evil.example/", "shop:\\\\evil", "sh\u200dop://sale",
]  # fmt: skip
BROKEN = ["", "https:", "https://", "https:x", "https:///x", "https://:443/x", "https://example.com:99999/",
          "https://example.com:0/", "https://example.com:+80/", "https://[::1/x", "https://./x", "https://a..b/x",
          "https://!$&/x", f"https://{'a' * 64}.com/x", f"https://{'a.' * 130}com/x", "example.com",
          "//example.com/x", "shop:", "://x", ":x"]  # fmt: skip


HTTPS, WEB, LINK, PAGE, PICTURE = map(TypeAdapter, (HttpsUrl, WebUrl, Link, Page, Picture))


def faults(kind: TypeAdapter[str], text: str) -> str | None:
    try:
        kind.validate_python(text)
    except ValidationError as error:
        return error.errors()[0]["msg"]
    return None


@pytest.mark.parametrize("kind", [HTTPS, WEB, LINK, PAGE], ids=["https", "web", "link", "page"])
@pytest.mark.parametrize("text", [*DANGEROUS, *DECEIVING, *BROKEN])
def test_deceptive_and_dangerous_addresses_are_refused(kind: TypeAdapter[str], text: str) -> None:
    message = faults(kind, text)
    assert message
    assert "must" in message
    if text in DECEIVING:
        assert text not in message, "a password has no place in an error"


@pytest.mark.parametrize("text", [text for text in [*DANGEROUS, *DECEIVING] if not text.startswith(" ")])
def test_deceptive_and_dangerous_pictures_are_refused(text: str) -> None:
    assert faults(PICTURE, text)


@pytest.mark.parametrize(
    ("text", "https", "web", "link", "page"),
    [
        ("https://example.com", True, True, True, True),
        ("https://example.com:8443/a?b=c#d", True, True, True, True),
        ("https://[2001:db8::1]/x", True, True, True, True),
        ("https://example.com/@user", True, True, True, True),
        ("https://example.com/\u7279\u5356", True, True, True, True),
        ("http://example.com/x", False, True, False, True),
        ("Https://example.com/x", False, False, False, False),
        ("shop://sale", False, False, True, True),
        ("shop:sale", False, False, True, True),
        ("com.example.shop:/sale?x=1", False, False, True, True),
        ("shop+v2://sale/@user", False, False, True, True),
        ("Shop://sale", False, False, False, True),
        ("shop_v2://sale", False, False, False, True),
        ("shop://", False, False, True, True),
        ("shop://?page=1", False, False, True, True),
        ("shop:?page=1", False, False, True, True),
        ("shop:///sale", False, False, True, True),
        ('shop://open?params={"page":"sale","id":"<1>"}', False, False, True, True),
        ('https://example.com/?params={"page":1}', False, False, False, False),
        ("https://example.com/?params={page:1}|2", True, True, True, True),
        ("https://b\u00fccher.example/x", True, True, True, True),
        ("https://\u0939\u093f\u0928\u094d\u0926\u0940.example./x", True, True, True, True),
        ("https://shop_1.example.com/x", True, True, True, True),
        ("https://example.com/?to=a@b.example", True, True, True, True),
        ("com.example.company.mobile.application.shop://sale", False, False, True, True),
        (
            "com.googleusercontent.apps.123456789012-abcdefghijklmnopqrstuvwxyz012345:/x",
            False,
            False,
            True,
            True,
        ),
        (f"{'a' * 101}://x", False, False, False, True),
        ("weixin://dl/business/?t=abc", False, False, True, True),
        ("tel:+8612345", False, False, True, True),
        ("intent://sale#Intent;scheme=shop;package=com.example;end", False, False, False, True),
        ("intent:#Intent;component=com.example/.Sale;end", False, False, False, True),
        ("intent://#Intent;scheme=shop;end", False, False, False, True),
        ("intent:alert(1)#Intent;scheme=javascript;end", False, False, False, False),
        ("intent:alert(1)#Intent;action=x;scheme=Java%53cript;end", False, False, False, False),
        ("intent:x#Intent;SEL;scheme=file;end", False, False, False, False),
        ("intent:javascript:alert(1)#Intent;end", False, False, False, False),
        ("intent:javascript:alert(1)", False, False, False, False),
        ("Intent:alert(1)#Intent;scheme=vbscript;end", False, False, False, False),
        ("intent://example.com/x#Intent;scheme=https;end", False, False, False, True),
        ("JavaScript:alert(1)", False, False, False, False),
        ("shop://sale?x=1;S.user=1;end#top", False, False, True, True),
        ("shop://sale#Intent;component=com.evil/.Steal;end", False, False, False, False),
        ("shop:#intent;S.token=x;end", False, False, False, False),
        ("https://example.com/#Intent;package=com.evil;end", True, True, False, False),
    ],
)
def test_an_address_is_accepted_by_its_types(
    text: str, https: bool, web: bool, link: bool, page: bool
) -> None:
    found = [faults(kind, text) is None for kind in (HTTPS, WEB, LINK, PAGE)]
    assert found == [https, web, link, page]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://example.com/i.png", True),
        ("/i.png", True),
        ("i.png", True),
        ("img/a.png?x=1:2", True),
        ("", False),
        ("/\\example.com/i.png", False),
        ("/\t/example.com/i.png", False),
        ('/i.png"onload="x', False),
        ("//example.com/i.png", False),
        ("http://example.com/i.png", False),
        ("data:image/png;base64,AA", False),
    ],
)
def test_a_picture_may_be_a_path(text: str, good: bool) -> None:
    assert (faults(PICTURE, text) is None) == good
