"""Whether tokens a vendor called dead may leave the registry. Pure but for the window it keeps.

When suddenly most tokens of an app are dead, the likely reason is ours: the wrong app, the wrong environment, the
wrong credentials (VENDORS 1.2, rule 3). Then removal is held and an alarm raised, for the tokens are fine.
"""

from collections import deque

WINDOW = 2000
"""Answers looked back on."""
ENOUGH = 10
"""Dead tokens from which a share says something."""
ABNORMAL_SHARE = 0.5


class RemovalGuard:
    """Watches the answers of one vendor for one app."""

    def __init__(self) -> None:
        self._answers: deque[tuple[int, int]] = deque()
        self._answered = 0
        self._dead = 0

    def holds(self, answered: int, dead: int) -> bool:
        """Count in a batch of answers; True when its dead tokens must stay."""
        self._answers.append((answered, dead))
        self._answered += answered
        self._dead += dead
        while len(self._answers) > 1 and self._answered - self._answers[0][0] >= WINDOW:
            old_answered, old_dead = self._answers.popleft()
            self._answered -= old_answered
            self._dead -= old_dead
        # A batch is judged by itself too: after much healthy traffic one that is all dead would hardly show.
        return _abnormal(answered, dead) or _abnormal(self._answered, self._dead)


def _abnormal(answered: int, dead: int) -> bool:
    return dead >= ENOUGH and dead >= ABNORMAL_SHARE * answered
