"""Renders the templates of the package. Every value is escaped, and every name must be known."""

from collections.abc import Callable, Mapping
from typing import Concatenate, ParamSpec, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from pushgate.console.assets import Assets
from pushgate.console.vendors import vendor_name
from pushgate.console.words import Words

_MACROS = "macros.html"
_Values = ParamSpec("_Values")
_Result = TypeVar("_Result")


class Templates:
    """The templates. In each, `m` has the macros, and `words` is the reader's."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=PackageLoader("pushgate.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {"asset": assets.path, **_FUNCTIONS}
        self._environment.filters |= _FILTERS

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Return a template with its values, among them `words`. Raises jinja2.TemplateError."""
        macros = self._environment.get_template(_MACROS).make_module(dict(values))
        return self._environment.get_template(name).render({**values, "m": macros})


def _by_words(
    method: Callable[Concatenate[Words, _Values], _Result],
) -> Callable[Concatenate[Context, _Values], _Result]:
    """Return what a template calls: the method of the reader's words."""

    @pass_context
    def call(context: Context, /, *args: _Values.args, **values: _Values.kwargs) -> _Result:
        return method(context["words"], *args, **values)

    return call


def _name_vendor(words: Words, vendor: str) -> str:
    return vendor_name(vendor, words)


_FUNCTIONS = {"_": _by_words(Words.html), "ngettext": _by_words(Words.nhtml)}
_FILTERS = {
    "number": _by_words(Words.number),
    "percent": _by_words(Words.percent),
    "moment": _by_words(Words.moment),
    "day": _by_words(Words.day),
    "ago": _by_words(Words.ago),
    "duration": _by_words(Words.duration),
    "vendor_name": _by_words(_name_vendor),
}
