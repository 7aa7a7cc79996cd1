"""The content's deep link is sent in the form that each vendor takes."""

from collections.abc import Mapping

import pytest
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import push

from pushgate.domain.message import Content

INTENT = "intent://sale/1?a=b;S.user=me;end#Intent;scheme=shop;end"
LINK = "shop://sale/1?a=b;S.user=me;end"


def values(sent: object) -> list[object]:
    """All values of a request, at any depth."""
    if isinstance(sent, Mapping):
        return [value for item in sent.values() for value in values(item)]
    return [value for item in sent for value in values(item)] if isinstance(sent, list) else [sent]


def fields(uri: str) -> list[str]:
    """The fields of an intent URI, as Android reads them: those behind the last #."""
    assert uri.startswith("intent:")
    return uri.rpartition("#Intent;")[2].removesuffix("end").split(";")[:-1]


@pytest.mark.parametrize(
    ("vendor", "option", "opens"),
    [
        ("huawei", "intent", INTENT),
        ("honor", "intent", INTENT),
        ("xiaomi", "intent_uri", INTENT),
        ("vivo", "page", INTENT),
        ("vivo", "custom", INTENT),
        ("oppo", "intent", LINK),
        ("meizu", "url", LINK),
        ("harmony", "uri", LINK),
    ],
)
def test_a_deep_link_is_sent_in_the_form_of_the_vendor(vendor: str, option: str, opens: str) -> None:
    """See docs/reference/vendors/index.md; OPPO's own example of type 5 is a plain URL of the app's
    scheme.
    """
    of_content = values(rendered(vendor, push(Content("t", "b", None, {}, LINK))))
    written: dict[str, object] = {option: LINK}
    of_option = values(rendered(vendor, push(Content("t", "b"), None, **{vendor: written})))
    assert opens in of_option
    assert opens in of_content
    if opens == INTENT:
        assert fields(opens) == ["scheme=shop"]


@pytest.mark.parametrize(
    ("vendor", "option"),
    [
        ("huawei", "intent"),
        ("honor", "intent"),
        ("xiaomi", "intent_uri"),
        ("vivo", "page"),
        ("oppo", "intent"),
    ],
)
def test_an_intent_uri_is_sent_unchanged(vendor: str, option: str) -> None:
    uri = "intent:#Intent;component=com.example/.Sale;S.k=v;end"
    written: dict[str, object] = {option: uri}
    assert uri in values(rendered(vendor, push(Content("t", "b"), None, **{vendor: written})))
