"""The language of the console. Theme and zone are set by console.js."""

from starlette.responses import Response

from pushgate.console import cookies
from pushgate.console.catalogues import LANGUAGES
from pushgate.console.pages.sign_in import local_path
from pushgate.console.routing import action
from pushgate.console.view import View


async def choose_language(view: View) -> Response:
    """Keep the language, and show the page again."""
    form = await view.form()
    response = view.redirect(local_path(form.get("next", "/")))
    if (language := form.get("language")) in LANGUAGES:
        cookies.set_preference(response, cookies.LANGUAGE, str(language), https=view.is_https)
    return response


routes = [action("/language", choose_language, public=True)]
