"""`POST /v1/audience:count`: how many terminals an audience holds."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import PushCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.audience import to_audience
from pushgate.api.mapping.audience_count import from_timezones
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import audience_checks
from pushgate.api.schemas.audience_count import MAX_LINES, AudienceCount, AudienceCountBody, CountBy
from pushgate.apps.audience_count import count_audience
from pushgate.apps.audience_references import check_references
from pushgate.domain.audience import AllOf, Audience
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.grouping.resolver import AudienceCount as Counted

router = APIRouter(prefix="/v1", tags=["audiences"])


@router.post(
    "/audience:count",
    operation_id="count_audience",
    responses=response_schema(AudienceCount),
    openapi_extra=body_schema(AudienceCountBody),
)
async def count(request: Request, configured: PushCaller) -> Response:
    """Count the terminals that an audience holds now, as for a message that is due now: in total,
    by vendor and language, and with `"by": ["timezone"]` by time zone. With `"lines": true`, also
    count how many are left after each part of an `all_of` of at most 20 parts.

    The language is the one by which terminals are grouped. Push tokens are counted as given.
    Nothing is stored.
    """
    context, app = context_of(request), configured.app
    max_items = context.settings.max_audience
    body = await read_body(request, context.settings.max_body)
    written = parse(body, AudienceCountBody, audience_checks(max_items))
    errors: list[FieldError] = []
    audience = to_audience(written.audience, configured.default_language, max_items, errors)
    _check_lines(written, audience, errors)
    if errors := errors or await check_references(context.stores, app, audience):
        raise InvalidRequest(errors)
    by_timezone = CountBy.TIMEZONE in written.by
    counted, warnings = await count_audience(
        context.stores, app, audience, by_timezone=by_timezone, by_line=written.lines
    )
    return json_response(_body(counted) | {"warnings": from_warnings(warnings)})


def _check_lines(written: AudienceCountBody, audience: Audience, errors: list[FieldError]) -> None:
    """Add an error where more lines than are counted are asked for."""
    if written.lines and isinstance(audience, AllOf) and len(audience.parts) > MAX_LINES:
        text = f"has {len(audience.parts)} parts, at most {MAX_LINES} are counted one by one"
        errors.append(FieldError("audience.all_of", f"{text}; put several into an all_of of their own"))


def _body(counted: Counted) -> dict[str, object]:
    groups = sorted(counted.groups.items(), key=lambda item: item[0].key)
    body: dict[str, object] = {
        "total": counted.total,
        "groups": [
            {"vendor": group.vendor, "language": group.language, "count": count} for group, count in groups
        ],
    }
    if counted.timezones is not None:
        body["timezones"] = from_timezones(counted.timezones)
    if counted.lines is not None:
        body["lines"] = list(counted.lines)
    return body
