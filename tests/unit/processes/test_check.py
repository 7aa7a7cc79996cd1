"""What `pushgate check` finds where nothing answers."""

from pushgate.processes.check import check
from pushgate.sealing.master_keys import new_key
from pushgate.settings.loading import parse


async def test_every_engine_that_does_not_answer_is_found_and_no_password_shown() -> None:
    settings = parse(
        {
            "redis": {"url": "redis://:hunter2@127.0.0.1:1/0"},
            "gearman": {"servers": ["127.0.0.1:1"], "timeout": 1},
            "apps": {"shop": {"huawei": {"app_id": "1"}}},
        }
    )
    findings = {finding.subject: finding.problem for finding in await check(settings)}
    assert {subject for subject, problem in findings.items() if problem} == {
        "redis redis://127.0.0.1:1/0",
        "gearman 127.0.0.1:1",
        "apps.shop.huawei",
    }
    assert "hunter2" not in str(findings)


async def test_credentials_that_only_a_push_can_try_are_said_to_be_untried() -> None:
    settings = parse(
        {
            "redis": {"url": "redis://127.0.0.1:1/0"},
            "gearman": {"servers": ["127.0.0.1:1"], "timeout": 1},
            "apps": {"shop": {"xiaomi": {"package": "p", "app_secret": "s"}}},
        }
    )
    found = [finding for finding in await check(settings) if finding.subject == "apps.shop.xiaomi"]
    assert [(finding.problem, finding.tried) for finding in found] == [(None, False)]


async def test_without_a_master_key_there_is_a_warning_and_no_problem() -> None:
    engines = {
        "redis": {"url": "redis://127.0.0.1:1/0"},
        "gearman": {"servers": ["127.0.0.1:1"], "timeout": 1},
    }
    (without,) = [one for one in await check(parse(engines)) if one.subject == "secrets"]
    assert without.problem is None
    assert "secrets.key_file" in (without.warning or "")
    (with_key,) = [
        one
        for one in await check(parse({**engines, "secrets": {"key": new_key()}}))
        if one.subject == "secrets"
    ]
    assert (with_key.problem, with_key.warning) == (None, None)


async def test_a_key_that_cannot_be_read_is_a_problem() -> None:
    settings = parse(
        {
            "redis": {"url": "redis://127.0.0.1:1/0"},
            "gearman": {"servers": ["127.0.0.1:1"], "timeout": 1},
            "secrets": {"callback_key_file": "/nowhere.key"},
        }
    )
    (found,) = [one for one in await check(settings) if one.subject == "secrets"]
    assert (
        found.problem == "secrets.callback_key_file: /nowhere.key cannot be read: No such file or directory"
    )
