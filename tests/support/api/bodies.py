"""Request bodies of messages."""

from typing import Any

GOOD: dict[str, Any] = {"content": {"en": {"title": "Sale", "body": "Today only"}}, "audience": {"all": True}}
SHORT_CONTENT: dict[str, Any] = {"en": {"title": "t", "body": "b"}}
TOKEN = "a1" * 32


def but(**changes: object) -> dict[str, Any]:
    return {**GOOD, **changes}


def token(number: int) -> str:
    return f"{number:064x}"
