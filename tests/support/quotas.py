"""Daily quotas of vivo."""

from dataclasses import replace
from datetime import timedelta

from tests.support.pipeline import APP, Pipeline

from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.apps.catalog import ConfiguredVendor
from pushgate.domain.message import Category, Options
from pushgate.domain.push_class import PushClass
from pushgate.quotas.quota import Quota, QuotaState

MARKETING = Options(category=Category.MARKETING, ttl=timedelta(days=3))


def with_quotas(vivo: ConfiguredVendor, **quotas: int) -> ConfiguredVendor:
    """The vendor with these quotas, by class."""
    return replace(vivo, settings=VivoSettings.model_construct(category="MARKETING", quotas=quotas))


def limit(pipeline: Pipeline, **quotas: int) -> None:
    """Give the app these quotas, by class."""
    pipeline.vendors["vivo"] = with_quotas(pipeline.vendors["vivo"], **quotas)


async def state(pipeline: Pipeline, limit: int, push_class: PushClass = PushClass.MARKETING) -> QuotaState:
    """What was taken of a quota."""
    (found,) = await pipeline.stores.quotas.read([Quota(APP.name, "vivo", push_class, limit)])
    return found
