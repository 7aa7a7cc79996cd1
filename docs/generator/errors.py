"""The reference of error codes: the table of the API's problem types between sentences by hand."""

from typing import Final

from pushgate.api.problem_types import markdown_table

HEAD: Final = """# Errors

Every error of the API is a problem document (RFC 9457, `application/problem+json`):

```json
{"type": "urn:pushgate:problem:invalid_request", "title": "The request is not valid",
 "status": 422, "code": "invalid_request", "detail": "1 field(s) are not valid",
 "errors": [{"field": "push_time",
             "message": "must be a date and time with an offset (RFC 3339), such as ..."}]}
```

`type` and `code` are stable: programs can decide by either (`type` is `urn:pushgate:problem:` and the
code). `title` belongs to the
code. `detail` and the messages in `errors` are for people and may change. Later versions may add codes
and fields.

"""


def errors() -> str:
    """The whole document."""
    return HEAD + markdown_table() + "\n"
