"""A plain model of a registry over the years: terminals, and what messages were sent to whom."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.support.plain_terminals import PlainTerminal, holds

from pushgate.domain.audience import AllOf, AnyOf, Audience, Everyone, HasTag, InLanguage, Not, OfVendor, Seen
from pushgate.domain.terminal import Group, Terminal

Life = tuple[str, int]
"""A terminal from its registration until it is forgotten: its id, and how often it was registered
before.
"""
GROUPS = (Group("apns", "en"), Group("apns", "ja"), Group("fcm", "en"))
TAGS = ("vip", "rare", "half")


@dataclass
class Known:
    """A terminal that is registered."""

    life: Life
    group: Group
    tags: tuple[str, ...]
    seen: date

    def terminal(self) -> Terminal:
        """The terminal as it is registered."""
        name, number = self.life
        return Terminal(
            name, self.group.vendor, f"token-{name}-{number}", self.group.language, tags=self.tags
        )

    def plain(self) -> PlainTerminal:
        """The terminal as an expression asks about it; days of registration are not kept."""
        return PlainTerminal(
            id=self.life[0],
            vendor=self.group.vendor,
            language=self.group.language,
            seen=self.seen,
            registered=self.seen,
            tags=frozenset(self.tags),
        )


@dataclass
class Sent:
    """A message: the lives that it was for by slot, when it was planned, the groups of their blocks
    by number, and which lives have clicked.
    """

    id: str
    at: datetime
    keep_until: datetime
    targets: dict[int, Life]
    groups: dict[int, Group]
    clicked: set[Life] = field(default_factory=set)


class Model:
    """Decides what happens, by chance, and what must be true afterwards."""

    def __init__(self, seed: int, peak: int, steps: int) -> None:
        """`peak` is the largest number of terminals of a group, `steps` how many there are."""
        self.chance = random.Random(seed)  # no secret
        self._peak, self._steps = peak, steps
        self.known: dict[str, Known] = {}
        self.gone: list[str] = []
        self._lives: dict[str, int] = {}
        self._next = 0

    def of_group(self, group: Group) -> list[Known]:
        """The terminals of a group."""
        return [known for known in self.known.values() if known.group == group]

    def wanted(self, group: Group, step: int) -> int:
        """How many terminals the group is to have: a wave a year, at another time for each group,
        and few at the end.
        """
        phase = GROUPS.index(group) / len(GROUPS) + 2 * step / self._steps
        share = 0.04 if step > 0.85 * self._steps else max(0.02, math.sin(2 * math.pi * phase))
        return int(self._peak * share)

    def arrivals(self, group: Group, count: int, today: date) -> Iterator[Known]:
        """Terminals that register now; some of them were there before."""
        for _ in range(count):
            is_back = self.gone and self.chance.random() < 0.2
            if is_back:
                name = self.gone.pop(self.chance.randrange(len(self.gone)))
            else:
                name, self._next = f"t{self._next}", self._next + 1
            number = self._lives[name] = self._lives.get(name, -1) + 1
            known = Known((name, number), group, self._tags(), today)
            self.known[name] = known
            yield known

    def _tags(self) -> tuple[str, ...]:
        shares = zip(TAGS, (0.1, 0.004, 0.5), strict=True)
        return tuple(tag for tag, share in shares if self.chance.random() < share)

    def some(self, among: list[Known], count: int) -> list[Known]:
        """Some of these terminals."""
        return self.chance.sample(among, min(count, len(among)))

    def forget(self, known: Known) -> None:
        """The terminal is registered no longer."""
        del self.known[known.life[0]]
        self.gone.append(known.life[0])

    def move(self, known: Known) -> None:
        """The terminal goes to another group."""
        known.group = self.chance.choice([group for group in GROUPS if group != known.group])

    def audience(self, today: date) -> Audience:
        """Any audience."""
        recent = Seen(after=today - timedelta(days=self.chance.choice((15, 45, 90))))
        simple: list[Audience] = [Everyone(), *map(HasTag, TAGS), InLanguage("ja"), OfVendor("apns"), recent]
        left, right = self.chance.sample(simple, 2)
        return self.chance.choice(
            [left, right, AllOf((left, right)), AnyOf((left, right)), AllOf((left, Not(right)))]
        )

    def held(self, audience: Audience) -> list[Known]:
        """The terminals that the audience holds."""
        return [known for known in self.known.values() if holds(audience, known.plain(), _no_leaf)]


def _no_leaf(node: Audience, terminal: PlainTerminal) -> bool:
    raise AssertionError(f"{node} is not asked of {terminal}")
