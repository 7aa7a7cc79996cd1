"""Imports that have a name, as the API returns them."""

from enum import StrEnum

from pydantic import AwareDatetime

from pushgate.api.schemas.problems import Import

IMPORT_NAME = r"^[A-Za-z0-9._~\-]{1,64}$"


class ImportStatus(StrEnum):
    """Whether an import goes on."""

    RUNNING = "running"
    STOPPED = "stopped"
    """The import stopped before its end. Sent again with its name, it goes on after the lines that
    are done.
    """
    FINISHED = "finished"


class ImportRecord(Import):
    """The progress of an import."""

    name: str
    status: ImportStatus
    started_at: AwareDatetime
    updated_at: AwareDatetime
    finished_at: AwareDatetime | None
