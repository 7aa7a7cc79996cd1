"""What a click on a notification opens. Pure."""

from pushgate.adapters.contract import Push


def click_target(push: Push, web: str | None, page: str | None) -> tuple[str | None, str | None]:
    """Return the web address or the app's page that a click opens; at most one of the two is set.

    The vendor's own options (`web`, `page`) come first, then the content's url.
    """
    url = push.content.url
    if web or page or not url:
        return web, page
    return (url, None) if url.startswith("https://") else (None, url)


def intent_uri(link: str) -> str:
    """Write a deep link (`shop://sale/1`) as Android's `Intent.toUri(URI_INTENT_SCHEME)` does.

    An intent URI is returned unchanged. `links` lets no link hold `#Intent;`, so the fields are
    those that are written here.
    """
    scheme, _, rest = link.partition(":")
    return link if scheme == "intent" else f"intent:{rest}#Intent;scheme={scheme};end"
