"""Problem documents, and the warnings and progress that go with them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from pushgate.api.problem_types import TYPE_PREFIX
from pushgate.api.schemas.base import Count, ResponseModel, optional
from pushgate.domain.consequences import ProblemCode


class FieldError(ResponseModel):
    """What is wrong with a field, or worth knowing about it, and how to put it right."""

    field: str
    message: str


class WarningCount(FieldError):
    """A field that has less effect than the caller may expect, and for how many terminals."""

    count: Count


class BadLine(ResponseModel):
    """A line of an import that was not stored."""

    line: Annotated[int, Field(ge=1)]
    errors: list[FieldError]


class Import(ResponseModel):
    """The results of an import's lines. The first `lines` lines are done."""

    lines: Count
    created: Count
    updated: Count
    failed: Count
    errors: list[BadLine]
    warnings: list[WarningCount]


class Problem(ResponseModel):
    """A problem document (RFC 9457)."""

    type: Annotated[str, Field(pattern=f"^{TYPE_PREFIX}[a-z_]+$", description="URI of the problem's type")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: ProblemCode
    detail: str
    errors: list[FieldError] = optional()
    progress: Import = optional()

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": f"{TYPE_PREFIX}invalid_request",
                "title": "The request is not valid",
                "status": 422,
                "code": "invalid_request",
                "detail": "1 field(s) are not valid",
                "errors": [
                    {
                        "field": "push_time",
                        "message": "must be a date and time with an offset (RFC 3339), "
                        "such as 2027-01-01T20:00:00+08:00",
                    }
                ],
            }
        }
    )
