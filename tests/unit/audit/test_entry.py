"""Entries of the audit log as they are stored."""

from pushgate.audit.entry import MAX_DETAILS, MAX_TEXT, AuditEntry, Author, decode, encode

AUTHOR = Author("3f9a61c0be42", "backend", "203.0.113.9")


def test_an_entry_is_read_back() -> None:
    entry = AuditEntry("key.created", AUTHOR, ("a", "b"), {"scopes": "push", "rate_limit": 5, "x": None})
    assert decode(encode(entry)) == entry


def test_long_texts_are_cut() -> None:
    details = {str(number): "x" * 1000 for number in range(100)}
    found = decode(encode(AuditEntry("key.created", AUTHOR, ("t" * 1000,), details)))
    assert len(found.targets[0]) == MAX_TEXT
    assert {len(str(value)) for value in found.details.values()} == {MAX_TEXT}
    assert len(found.details) == MAX_DETAILS


def test_a_command_has_no_key() -> None:
    assert Author.command("keys create") == ("", "pushgate keys create", "")
