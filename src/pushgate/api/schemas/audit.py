"""Entries of the audit log."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import ResponseModel


class AuditEntry(ResponseModel):
    """An action: who did what, when and from where."""

    id: str
    at: AwareDatetime = Field(description="by the clock of Redis")
    app: str | None = Field(description="the app that the action concerns; null for no app")
    action: str = Field(description="such as `message.created`; the reference of the audit log has them all")
    targets: list[str] = Field(
        description="ids or names of the targets; users and terminals as keyed hashes, `user~<hash>` "
        "and `terminal~<hash>`"
    )
    key_id: str | None = Field(description="null where a command or Pushgate itself did it")
    key_name: str = Field(description="the name that the key had then, or the command")
    address: str | None = Field(description="the address of the request; null for a command")
    details: dict[str, str | int | bool | None]


class AuditPage(ResponseModel):
    """Some entries of the audit log."""

    entries: list[AuditEntry]
    after: str = Field(description="leads to the next page, and to entries that come later")
    has_more: bool = Field(description="whether there are more entries already")
    trimmed_before: AwareDatetime | None = Field(
        description="entries before this time were removed early, for `audit.max_entries`; null for none"
    )
