"""What `pushgate up` prints for its user."""

from pathlib import Path

from pushgate.embedded.demo import Demo
from pushgate.embedded.plan import Plan
from pushgate.embedded.welcome import welcome_text
from pushgate.settings.loading import parse

SETTINGS = parse({"api": {"host": "0.0.0.0", "port": 8080}})


def test_keys_are_listed_with_their_owners(tmp_path: Path) -> None:
    shop, operator, missing = tmp_path / "shop.key", tmp_path / "operator.key", tmp_path / "news.key"
    shop.touch()
    operator.touch()
    text = welcome_text(
        Plan(settings=SETTINGS, engines=[], programs=[], source=None, file=Path("run.toml"), demo=None),
        tmp_path / "logs",
        [shop, missing, operator],
    )
    assert "http://127.0.0.1:8080" in text
    assert f"API key of shop: {shop}" in text
    assert f"API key of the operator: {operator}" in text
    assert "news" not in text
    assert "Try it" not in text


def test_the_demo_shows_a_request_to_try(tmp_path: Path) -> None:
    demo = Demo(sections={}, arguments=lambda _: [], sandbox_url="http://127.0.0.1:8090", reports=True)
    plan = Plan(settings=SETTINGS, engines=[], programs=[], source=None, file=Path("run.toml"), demo=demo)
    text = welcome_text(plan, tmp_path / "logs", [tmp_path / "demo.key"])
    assert "curl -X POST http://127.0.0.1:8080/v1/messages" in text
    assert "http://127.0.0.1:8090/received" in text
