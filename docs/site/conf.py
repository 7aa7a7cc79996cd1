"""Sphinx's configuration of the site."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

project = "Pushgate"
extensions = [
    "myst_parser",
    "docs.site.diagrams",
    "docs.site.bigrams",
    "docs.site.languages",
    "docs.site.strict_policy",
]
root_doc = "index"
exclude_patterns = ["files/**"]

# Anchors as a forge makes them from headings.
myst_heading_anchors = 6

html_theme = "furo"
html_title = "Pushgate"
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
html_static_path = ["static"]
html_favicon = "static/icon.svg"
html_css_files = ["guide.css"]
html_js_files = ["copy.js"]
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_copy_source = False
html_show_copyright = False
html_use_index = False
# Examples leave out parts of answers (...), which no lexer reads.
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure"]
