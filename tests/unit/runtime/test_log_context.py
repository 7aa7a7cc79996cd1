"""Log lines of a request carry its facts, and none of another request."""

from pushgate.runtime import log_context


def merged(**line: object) -> dict[str, object]:
    return dict(log_context.merge(None, "info", dict(line)))


def test_facts_of_a_request_are_in_its_lines_until_it_ends() -> None:
    log_context.begin(request="r1")
    log_context.add("app", "shop")
    assert merged(event="e") == {"request": "r1", "app": "shop", "event": "e"}
    assert merged(app="other") == {"request": "r1", "app": "other"}
    log_context.begin(request="r2")
    assert merged() == {"request": "r2"}
    log_context.end()
    log_context.add("app", "shop")
    assert merged(event="e") == {"event": "e"}
