"""What `pushgate up` prints for its user."""

from pathlib import Path

from pushgate.embedded.demo import Demo
from pushgate.embedded.plan import Plan
from pushgate.embedded.welcome import welcome_text
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings

SETTINGS = parse({"api": {"host": "0.0.0.0", "port": 8080}})
DATA, SHELL = Path(".pushgate"), Path(".pushgate/env")


def plan(settings: Settings = SETTINGS, demo: Demo | None = None) -> Plan:
    return Plan(
        settings=settings,
        engines=[],
        programs=[],
        source=None,
        file=Path("run.toml"),
        demo=demo,
        owns_store=False,
    )


def test_the_last_line_is_the_link() -> None:
    text = welcome_text(plan(), DATA, SHELL, "http://127.0.0.1:8080/link/abc")
    first, *_, last = text.splitlines()
    assert first == "Pushgate is ready: http://127.0.0.1:8080"
    assert last.split()[:2] == ["Open", "http://127.0.0.1:8080/link/abc"]
    assert ". .pushgate/env" in text
    assert ".pushgate/*.key" in text
    assert "/received" not in text


def test_a_folder_with_a_space_is_quoted_for_the_shell() -> None:
    text = welcome_text(plan(), DATA, Path("/srv/my push/env"), None)
    assert "Shell   . '/srv/my push/env'  " in text


def test_without_a_link_the_last_line_is_where_to_sign_in() -> None:
    text = welcome_text(plan(), DATA, SHELL, None)
    assert text.splitlines()[-1] == "Open http://127.0.0.1:8080/sign-in  with a key"
    off = parse({"api": {"port": 8080}, "console": {"enabled": False}})
    assert welcome_text(plan(off), DATA, SHELL, None).splitlines()[-1] == "Open http://127.0.0.1:8080/docs"


def test_the_demo_tells_what_the_simulated_vendors_got() -> None:
    demo = Demo(sections={}, arguments=lambda _: [], sandbox_url="http://127.0.0.1:8090", reports=True)
    assert "http://127.0.0.1:8090/received" in welcome_text(plan(demo=demo), DATA, SHELL, None)
