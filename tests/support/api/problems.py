"""Reading of problem documents."""

import httpx


def bad_fields(answer: httpx.Response) -> set[str]:
    """The fields a problem document names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    return {error["field"] for error in problem.get("errors", [])}


async def problem_codes(client: httpx.AsyncClient) -> list[str]:
    """The codes of the problems that the status shows this client."""
    return [problem["code"] for problem in (await client.get("/status")).json()["problems"]]
