"""Whether a server refuses by chance or by the rate: what became of requests that were sent after a refused one."""

from __future__ import annotations

from collections import deque

# So many requests that were sent after a refused one decide: an empty bucket refuses them as well.
_ENOUGH = 3
# A server that refuses more than this share of its last requests does not do so by chance.
_LAST, _MOST_REFUSED = 20, 0.25


class RefusalEvidence:
    """Tells refusals by chance from an empty bucket, for a server that says when to come back.

    An empty bucket refuses whatever comes next. Where requests that were sent after the refused one are accepted,
    before the wait that it asks for is over, the refusal has nothing to do with the rate: it costs the wait of its own
    call, and no other needs to wait. The verdict is taken back where more than a quarter of the requests are refused.

    Attributes:
        decided: True once there is a verdict.
        by_chance: True if refusals are by chance.
    """

    def __init__(self) -> None:
        self._accepted: deque[int] = deque(maxlen=64)
        self._recent: deque[bool] = deque(maxlen=_LAST)
        self._first = self._last = 0  # numbers of a refused request, and of the last one that tells of it
        self._probe = 0
        self._alike = self._unlike = 0
        self.decided = False
        self.by_chance = False

    def accepted(self, number: int, *, early: bool) -> bool:
        """Count the `number`th request as accepted; return True if the wait that was asked for is not needed.

        Args:
            number: how many had been sent, itself included.
            early: True if it was sent before the wait was over that the server asked for.
        """
        self._accepted.append(number)
        self._recent.append(False)
        if self.decided or not early or not self._first < number <= self._last:
            return False
        self._judge(unlike=1)
        return self.by_chance or number == self._probe

    def refused(self, number: int, sent: int, *, early: bool) -> bool:
        """Count the `number`th request as refused; return True if one more should be sent at once, to learn of it.

        Args:
            number: how many had been sent, itself included.
            sent: how many have been sent by now.
            early: as in accepted().
        """
        self._recent.append(True)
        if self.by_chance and len(self._recent) == _LAST and sum(self._recent) > _MOST_REFUSED * _LAST:
            self.by_chance = False
        if self.decided:
            return False
        if early and self._first < number <= self._last:
            self._judge(alike=1)
            return False
        alone = sent == number
        self._first, self._last = number, sent + alone
        self._probe = self._last if alone else 0
        self._judge(unlike=sum(other > number for other in self._accepted))
        return alone and not self.decided

    def _judge(self, *, alike: int = 0, unlike: int = 0) -> None:
        self._alike += alike
        self._unlike += unlike
        plain = self._alike >= _ENOUGH - 1 and not self._unlike
        if not self.decided and (plain or self._alike + self._unlike >= _ENOUGH):
            self.decided = True
            self.by_chance = self._unlike >= 2 * self._alike
