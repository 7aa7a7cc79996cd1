"""`pushgate doctor` beside engines that do not answer."""

from pushgate.processes.doctor.report import make_report
from pushgate.settings.loading import parse


async def test_a_redis_that_answers_nothing_is_told_within_the_limit(silent_port: int) -> None:
    server = f"127.0.0.1:{silent_port}"
    redis = {"url": f"redis://{server}/0"}
    settings = parse({"redis": redis, "gearman": {"servers": [server], "timeout": 0.1}, "apps": {}})
    report = await make_report(settings, store_limit=0.1)
    (finding,) = [one for one in report.findings if one.code == "store_unreachable"]
    assert finding.message == "Redis did not answer all questions within 0.1 s"
    assert finding.severity == "problem"
    assert report.redis is None
