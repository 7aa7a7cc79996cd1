"""`pushgate quotas`: how much of vendors' daily quotas the app has used."""

from collections.abc import Iterator

from pushgate.cli.client.output import aligned
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment
from pushgate_client import types


def show_quotas(json: Json = False, profile: ProfileName = None) -> None:
    """Show how much of its vendors' daily quotas the app has used today.

    Quotas are settings of the app's vendors. A day is one of Asia/Shanghai.

    Examples:

    \b
      pushgate quotas
      pushgate quotas --json
    """
    with session(profile, json=json) as found:
        report = found.pushgate.operations.quotas()
        found.output.document(report, quota_lines(report))


def quota_lines(report: types.QuotaReport) -> Iterator[str]:
    """Yield the day, and a line for each quota."""
    if not report["quotas"]:
        yield "the app's settings name no quota of a vendor"
        return
    yield f"{report['day']} in Shanghai, until {moment(report['ends_at'])}"
    yield from aligned([["", *_row(quota)] for quota in report["quotas"]])


def _row(quota: types.VendorQuota) -> list[str]:
    refused = quota["refused_at"]
    return [
        quota["vendor"],
        quota["push_class"],
        f"{quota['used'] + quota['sending']:,} of {quota['limit']:,}",
        f"{quota['left']:,} left",
        f"{quota['waiting']:,} waiting" if quota["waiting"] else "",
        f"refused by the vendor at {moment(refused)}" if refused else "",
    ]
