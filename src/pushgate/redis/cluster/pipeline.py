"""Pipelines over the servers of a cluster."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Never, cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.client import CommandStackT, CommandT, Pipeline

from pushgate.redis.cluster.attempts import REDIRECTIONS, Attempts, ask, is_ask, note_move
from pushgate.redis.cluster.commands import QUEUE_SLOT, is_script, key_of, slot_of
from pushgate.redis.cluster.topology import Topology
from pushgate.redis.server import UNREACHABLE, ServerClient


class ClusterPipeline(Pipeline):
    """Sends its commands to the owners of their keys: all together without a transaction, to the
    owner of all keys with one.
    """

    def __init__(self, topology: Topology, client: Redis, transaction: bool) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, None)
        self._topology = topology

    async def immediate_execute_command(self, *args: object, **options: object) -> Never:
        """Refuse WATCH, which needs a connection of its own."""
        raise TypeError("a pipeline watches no keys on a cluster: use open_pipeline")

    async def execute(self, raise_on_error: bool = True) -> list[object]:
        """Run the commands; returns their answers in order. Raises the errors of redis-py."""
        commands: CommandStackT = self.command_stack
        self.command_stack = []
        if not commands:
            return []
        slots = _slots(commands)
        if self.is_transaction:
            return await self._run_transaction(commands, set(slots), raise_on_error)
        answers = await self._run(commands, slots)
        if raise_on_error:
            self.raise_first_error(commands, answers)
        return answers

    async def _run_transaction(
        self, commands: Sequence[CommandT], slots: set[int], raise_on_error: bool
    ) -> list[object]:
        if len(slots) > 1:
            raise exceptions.ClusterCrossSlotError("a transaction has keys of one hash tag alone")
        slot = slots.pop()
        attempts = Attempts(self._topology)
        while True:
            server = self._topology.owner(slot) or await self._topology.find_owner(slot)
            try:
                async with server.pipeline(transaction=True) as pipe:
                    pipe.command_stack = list(commands)
                    return await pipe.execute(raise_on_error)
            except REDIRECTIONS as error:
                await attempts.prepare_next(slot, server, error)
            except (*UNREACHABLE, exceptions.ClusterDownError):
                self._topology.note_failure(server)
                raise

    async def _run(self, commands: Sequence[CommandT], slots: Sequence[int]) -> list[object]:
        answers: list[object] = [None] * len(commands)
        attempts = Attempts(self._topology)
        left = list(range(len(commands)))
        while left:
            sent: dict[int, ServerClient] = {}
            for number in left:
                owner = self._topology.owner(slots[number])
                sent[number] = owner or await self._topology.find_owner(slots[number])
            await self._send_all(commands, sent, answers)
            await self._follow(commands, sent, answers)
            left = [number for number in left if isinstance(answers[number], REDIRECTIONS)]
            await self._prepare_next(attempts, slots, {number: sent[number] for number in left}, answers)
        if lost := next((answer for answer in answers if isinstance(answer, UNREACHABLE)), None):
            raise lost
        return answers

    async def _send_all(
        self, commands: Sequence[CommandT], sent: Mapping[int, ServerClient], answers: list[object]
    ) -> None:
        """Send commands to their servers, all at once; write the answers, errors among them."""
        numbers: dict[ServerClient, list[int]] = {}
        for number, server in sent.items():
            numbers.setdefault(server, []).append(number)
        portions = [[commands[number] for number in some] for some in numbers.values()]
        found = await asyncio.gather(*map(self._send, numbers, portions))
        for some, answers_there in zip(numbers.values(), found, strict=True):
            for number, answer in zip(some, answers_there, strict=True):
                answers[number] = answer

    async def _send(self, server: ServerClient, commands: Sequence[CommandT]) -> Sequence[object]:
        """The answers of a server; where it does not answer, its error for each command."""
        try:
            async with server.pipeline(transaction=False) as pipe:
                pipe.command_stack = list(commands)
                found = await pipe.execute(raise_on_error=False)
        except UNREACHABLE as error:
            self._topology.note_failure(server)
            return [error] * len(commands)
        if any(isinstance(answer, exceptions.ClusterDownError) for answer in found):
            self._topology.note_failure(server)
        return found

    async def _follow(
        self, commands: Sequence[CommandT], sent: Mapping[int, ServerClient], answers: list[object]
    ) -> None:
        """Send plain commands on to the servers that ASK names, in order."""
        for number, server in sent.items():
            words, options = commands[number]
            answer = answers[number]
            if is_ask(answer) and not is_script(words):
                try:
                    answers[number] = await ask(self._topology, server, answer, words, options)
                except exceptions.RedisError as error:
                    answers[number] = error

    async def _prepare_next(
        self,
        attempts: Attempts,
        slots: Sequence[int],
        sent: Mapping[int, ServerClient],
        answers: Sequence[object],
    ) -> None:
        """Note all moves, and wait as long as the first command wants that did not just move."""
        slowest: int | None = None
        for number, server in sent.items():
            answer = answers[number]
            if isinstance(answer, exceptions.MovedError):
                note_move(self._topology, server, answer)
            if slowest is None or not isinstance(answer, exceptions.MovedError):
                slowest = number
        if slowest is not None:
            error = cast("Exception", answers[slowest])
            await attempts.prepare_next(slots[slowest], sent[slowest], error)


def _slots(commands: Sequence[CommandT]) -> list[int]:
    """The slot of each command; one without a key goes where the first key is."""
    keys = [key_of(words) for words, _ in commands]
    first = next((slot_of(key) for key in keys if key is not None), QUEUE_SLOT)
    return [first if key is None else slot_of(key) for key in keys]
