"""What `pushgate check` finds where nothing answers."""

from pushgate.processes.check import check
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
    assert findings.keys() == {"redis redis://127.0.0.1:1/0", "gearman 127.0.0.1:1", "apps.shop.huawei"}
    assert all(findings.values())
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
