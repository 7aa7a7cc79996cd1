"""The file by which a shell learns where `pushgate up` runs."""

from pathlib import Path

from pushgate.embedded.plan import Plan
from pushgate.embedded.shell_file import write_shell_file
from pushgate.settings.loading import parse


def test_the_key_is_that_of_the_first_app_that_has_a_file(tmp_path: Path) -> None:
    settings = parse({"api": {"port": 8080}, "apps": {"shop": {}, "news": {}}})
    plan = Plan(
        owns_store=False,
        settings=settings,
        engines=[],
        programs=[],
        source=None,
        file=tmp_path / "run.toml",
        demo=None,
    )
    assert "KEY" not in write_shell_file(plan, tmp_path).read_text("utf-8")
    (tmp_path / "news.key").write_text("pg_news", "utf-8")
    written = write_shell_file(plan, tmp_path).read_text("utf-8")
    assert f"export KEY=$(cat {tmp_path}/news.key)\n" in written
    assert "pg_news" not in written
