"""Counters of each app that are not states of terminals: languages, and reports about unknown
terminals.
"""

from collections.abc import Callable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pushgate.api.context import ApiContext


async def unknown_reports(context: ApiContext, shows: Callable[[str], bool]) -> list[dict[str, object]]:
    """Return reports about unknown messages and terminals as JSON, of the apps that `shows`
    accepts.
    """
    return [
        {
            "app": item.app,
            "source": item.source,
            "receipt": item.receipt,
            "unknown": item.unknown,
            "count": item.count,
        }
        for item in await context.stores.totals.unknown_reports()
        if shows(item.app)
    ]


async def languages(context: ApiContext, shows: Callable[[str], bool]) -> list[dict[str, object]]:
    """Return as JSON by how many languages the terminals of each app are grouped, and for how many
    registrations there was no group of their language.
    """
    found = await context.stores.languages.counts([app for app in sorted(context.catalog.apps) if shows(app)])
    return [{"app": app, "languages": count, "limited": limited} for app, (count, limited) in found.items()]


async def families(context: ApiContext) -> list[Metric]:
    """Return both as Prometheus metrics."""
    unknown = CounterMetricFamily(
        "pushgate_unknown_reports",
        "Receipts and clicks that name a message or a terminal that is not known",
        labels=["app", "source", "receipt", "unknown"],
    )
    for item in await context.stores.totals.unknown_reports():
        unknown.add_metric([item.app, item.source, item.receipt, item.unknown], item.count)
    used = GaugeMetricFamily("pushgate_languages", "Languages that terminals are grouped by", labels=["app"])
    limited = CounterMetricFamily(
        "pushgate_language_limited_registrations",
        "Registrations whose language has no group of its own, for the app has too many",
        labels=["app"],
    )
    for app, (count, registrations) in (await context.stores.languages.counts(context.catalog.apps)).items():
        used.add_metric([app], count)
        limited.add_metric([app], registrations)
    return [unknown, used, limited]
