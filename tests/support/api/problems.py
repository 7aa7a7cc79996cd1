"""Reading of problem documents."""

import httpx


def named(answer: httpx.Response) -> set[str]:
    """The fields a problem document names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    return {error["field"] for error in problem.get("errors", [])}
