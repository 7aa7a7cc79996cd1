"""The reference of settings, from the models that read them."""

from datetime import timedelta
from types import UnionType
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pushgate.cli.schema_table import takes
from pushgate.settings.apps import AppSettings
from pushgate.settings.model import Settings

HEAD: Final = """# Settings

Generated from the code by `make docs`. [deploy/pushgate.example.toml](../../deploy/pushgate.example.toml)
shows the same settings as a file.

- The file is TOML: `[api]` and `port = 8080` set `api.port`. A process reads the file that `--config`
  or `PUSHGATE_CONFIG` names,
  otherwise `pushgate.toml` in its folder.
- An environment variable overrides the file: `PUSHGATE_API__PORT=8080`. Separate the items of a
  list by commas.
- Durations are ISO 8601 (`PT15S`, `P30D`) or seconds.
- An unknown setting is a fault: `pushgate check` names it.
- SIGHUP makes a process read the file again. Apps, their vendors, master keys, callback keys and
  `log.level` take effect at once. The log names
  other settings that changed and need a restart.
"""
APPS: Final = """
## `[apps.<app>]`

The file has one section for each app that is not created by API. Its vendors have sections of their own,
such as `[apps.shop.apns]`: see [their settings](vendor-codes.md).

"""


def settings() -> str:
    """The whole document."""
    plain = {name: field for name, field in Settings.model_fields.items() if not _section(field)}
    plain.pop("apps")
    text = HEAD + "\n## Without a section\n\n" + _table(Settings, plain, "")
    for name, field in Settings.model_fields.items():
        if section := _section(field):
            text += _sections(section, name)
    return text + APPS + _table(AppSettings, AppSettings.model_fields, "apps.<app>.", environment=False)


def _sections(section: type[BaseModel], path: str) -> str:
    """A section, and those inside of it."""
    inner = {name: found for name, field in section.model_fields.items() if (found := _section(field))}
    own = {name: field for name, field in section.model_fields.items() if name not in inner}
    text = f"\n## `[{path}]`\n\n{_table(section, own, f'{path}.')}"
    return text + "".join(_sections(found, f"{path}.{name}") for name, found in inner.items())


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a section, also of one that may be unset."""
    written: object = field.annotation
    kinds = get_args(written) if isinstance(written, UnionType) else (written,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _table(
    model: type[BaseModel], fields: dict[str, FieldInfo], path: str, *, environment: bool = True
) -> str:
    schema: dict[str, Any] = model.model_json_schema(mode="validation")
    heads = ["Setting", "Default", "Takes", "Meaning"]
    rows = [f"| {' | '.join(heads)} |", "|---|---|---|---|"]
    for name, field in fields.items():
        cells = [
            f"`{name}`" + (f"<br>`{_variable(path + name)}`" if environment else ""),
            _default(field),
            ", ".join(dict.fromkeys(takes(schema["properties"][name], schema.get("$defs", {})))),
            (field.description or "").replace("|", "\\|"),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _variable(path: str) -> str:
    return "PUSHGATE_" + path.replace(".", "__").upper()


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value in (None, (), [], {}, ""):
        return "unset" if value is None else "none"
    if isinstance(value, timedelta):
        return f"`{_duration(value)}`"
    if isinstance(value, tuple | list):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _duration(value: timedelta) -> str:
    if not value.seconds and not value.microseconds:
        return f"P{value.days}D"
    if not value % timedelta(hours=1):
        return f"PT{value // timedelta(hours=1)}H"
    return f"PT{value.total_seconds():g}S"
