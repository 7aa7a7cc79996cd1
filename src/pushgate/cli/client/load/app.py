"""The app of a load: one of its own that comes and goes, or one whose vendors are the sandbox."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from pushgate.cli.client.command_errors import CommandError, usage
from pushgate.cli.client.load.plan import LoadPlan
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import AsyncPushgate, InvalidRequest, NotFound, types

Sections = Mapping[str, Mapping[str, object]]
_SCOPES: list[types.Scope] = ["push", "read", "terminals"]
_NO_ENDPOINTS = (
    "the load's app calls the sandbox instead of the vendor, which a server allows with "
    "vendors.allow_endpoints = true. Or add an app with the sandbox's sections to the configuration file, "
    "and name it by --app"
)


def refuse_real_vendors(app: str, shown: types.AppVendorView, section: Mapping[str, object]) -> None:
    """Raise CommandError unless the vendor of the app is the sandbox.

    `section` is the sandbox's own section of the vendor: each address in it must be the app's.
    """
    settings = cast("Mapping[str, object]", shown["settings"])
    for name, address in section.items():
        if name.endswith("endpoint") and str(settings.get(name, "")).rstrip("/") != str(address).rstrip("/"):
            raise usage(
                f"the vendor {shown['vendor']} of the app {app} is not this sandbox: its {name} is "
                f"{settings.get(name) or 'that of the vendor'}, and the sandbox is {address}",
                "a load is never sent to real vendors: leave out --app, and the load gets an app of its own",
            )


@asynccontextmanager
async def load_app(
    operator: AsyncPushgate, plan: LoadPlan, sections: Sections, app: str | None
) -> AsyncIterator[str]:
    """Yield a key of the app that the load goes through. An app of its own is deleted afterwards, a
    key is revoked. Raises CommandError for an app that has a real vendor.
    """
    if app is None:
        async with _own_app(operator, plan, sections) as made, _key(operator, made) as key:
            yield key
        return
    for vendor, section in sections.items():
        refuse_real_vendors(app, await _vendor(operator, app, vendor), section)
    async with _key(operator, app) as key:
        yield key


async def _vendor(operator: AsyncPushgate, app: str, vendor: str) -> types.AppVendorView:
    try:
        return await operator.apps.get_vendor(app, vendor)
    except NotFound as error:
        raise CommandError(ExitCode.NOT_FOUND, f"the app {app} has no vendor {vendor}") from error


@asynccontextmanager
async def _own_app(operator: AsyncPushgate, plan: LoadPlan, sections: Sections) -> AsyncIterator[str]:
    app = f"load-{plan.run}"
    try:
        await operator.apps.put(app, {"default_language": "en"})
        for vendor, section in sections.items():
            try:
                await operator.apps.put_vendor(app, vendor, dict(section))
            except InvalidRequest as error:
                raise CommandError(ExitCode.INVALID, str(error), _NO_ENDPOINTS) from error
        yield app
    finally:
        await operator.apps.delete(app)


@asynccontextmanager
async def _key(operator: AsyncPushgate, app: str) -> AsyncIterator[str]:
    made = await operator.keys.create({"app": app, "scopes": _SCOPES, "name": "pushgate load"})
    try:
        yield made["key"]
    finally:
        await operator.keys.revoke(made["id"])
