"""A caller that sends small messages while faults happen, and keeps what the API acknowledged."""

import random
import threading
import time
from dataclasses import dataclass

import httpx
import msgspec
from tests.support.faults.deployment import Deployment
from tests.support.faults.small_requests import SmallPush, SmallRequest, small_requests

_PAUSE = 0.03
_TIMEOUT = 3.0
_REPEATED = 0.1
"""The share of answered requests with a key that are sent again at once."""


@dataclass(slots=True, kw_only=True)
class Acknowledged:
    """A message that was stored: its id, what it is to come to, and the answer as bytes.

    `cancelled` says whether a cancel was answered with success; `cancel_tried`, whether one may
    have had an effect.
    """

    message_id: str
    push: SmallPush
    answer: bytes
    cancelled: bool = False
    cancel_tried: bool = False


class _Result(msgspec.Struct):
    status: int
    message: msgspec.Raw = msgspec.Raw()


class _Results(msgspec.Struct):
    results: list[_Result]


class _Id(msgspec.Struct):
    id: str


class SmallLoad:
    """Sends requests of a seed from a thread of its own, from `start` until `finish`."""

    def __init__(
        self,
        deployment: Deployment,
        rng: random.Random,
        name: str,
        *,
        one_build: bool = True,
        pause: float = _PAUSE,
    ) -> None:
        """With several builds, answers to one request may have other fields. `pause` is the mean
        time between two requests, in seconds.
        """
        self._one_build = one_build
        self._pause = pause
        self._rng = rng
        self._requests = small_requests(rng, name)
        self._client = httpx.Client(
            base_url=deployment.api.base_url,
            headers=deployment.api.headers,
            timeout=_TIMEOUT,
            trust_env=False,
        )
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._unanswered: list[SmallRequest] = []
        self._answered: dict[str, SmallRequest] = {}
        self._cancels: list[tuple[float, Acknowledged]] = []
        self.messages: dict[str, Acknowledged] = {}
        """What was acknowledged, by marker."""
        self.faults: list[str] = []
        self.repeated = 0
        """How many messages were asked for once more by their key."""

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def finish(self) -> None:
        """Send no new request; repeat those with a key that have no answer, then all with a key.

        Call it once the API answers again.
        """
        self._ending.set()
        self._thread.join()
        deadline = time.monotonic() + 60
        while (self._unanswered or self._cancels) and time.monotonic() < deadline:
            self._repeat_unanswered()
            self._cancel_due(time.monotonic())
        if self._unanswered:
            self.faults.append(f"{len(self._unanswered)} requests got no answer for 60 s")
        for request in list(self._answered.values()):
            self._send(request)
        self._client.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._send(next(self._requests))
            if self._answered and self._rng.random() < _REPEATED:
                self._send(self._rng.choice(list(self._answered.values())))
            self._repeat_unanswered()
            self._cancel_due(time.monotonic())
            self._ending.wait(self._rng.uniform(0, 2 * self._pause))

    def _repeat_unanswered(self) -> None:
        waiting, self._unanswered = self._unanswered, []
        for request in waiting:
            self._send(request)

    def _send(self, request: SmallRequest) -> None:
        """Send a request. One without an answer is repeated later, if it has a key."""
        answers = self._answers(request)
        for push, answer in zip(request.pushes, answers, strict=False):
            if answer is not None:
                self._keep(push, answer)
        if request.may_be_repeated:
            if len(answers) < len(request.pushes) or None in answers:
                self._unanswered.append(request)
            else:
                self._answered[request.name] = request

    def _answers(self, request: SmallRequest) -> list[bytes | None]:
        """The answer for each message as bytes, None for one that was not acknowledged."""
        path = "/v1/messages:batch" if request.is_batch else "/v1/messages"
        try:
            answer = self._client.post(path, json=request.body(), headers=request.headers())
        except httpx.HTTPError:
            return []
        if answer.status_code == 503:
            return []
        if answer.status_code != (200 if request.is_batch else 202):
            self.faults.append(f"a request is answered {answer.status_code}: {answer.text[:300]}")
            return []
        if not request.is_batch:
            return [answer.content]
        results = msgspec.json.decode(answer.content, type=_Results).results
        for result in results:
            if result.status not in (202, 503):
                self.faults.append(f"a message of a batch is answered {result.status}: {answer.text[:300]}")
        return [bytes(result.message) or None for result in results]

    def _keep(self, push: SmallPush, answer: bytes) -> None:
        known = self.messages.get(push.marker)
        if known is None:
            message = Acknowledged(
                message_id=msgspec.json.decode(answer, type=_Id).id, push=push, answer=answer
            )
            self.messages[push.marker] = message
            if push.cancel_after is not None:
                self._cancels.append((time.monotonic() + push.cancel_after, message))
            return
        self.repeated += 1
        if known.answer != answer and (self._one_build or not _agree(known.answer, answer)):
            self.faults.append(f"{known.answer!r} was answered first, then {answer!r}")

    def _cancel_due(self, now: float) -> None:
        waiting, self._cancels = self._cancels, []
        for at, message in waiting:
            if at > now or not self._cancel(message):
                self._cancels.append((at, message))

    def _cancel(self, message: Acknowledged) -> bool:
        """Cancel a message; returns whether there was an answer."""
        message.cancel_tried = True
        try:
            answer = self._client.post(f"/v1/messages/{message.message_id}/cancel")
        except httpx.HTTPError:
            return False
        if answer.status_code not in (200, 409, 503):
            self.faults.append(f"a cancel is answered {answer.status_code}: {answer.text[:300]}")
        message.cancelled = message.cancelled or answer.status_code == 200
        return answer.status_code != 503


def _agree(first: bytes, second: bytes) -> bool:
    """Whether two answers have the same values in the fields that both have."""
    return _same(msgspec.json.decode(first), msgspec.json.decode(second))


def _same(first: object, second: object) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return all(_same(first[name], second[name]) for name in first.keys() & second.keys())
    return first == second
