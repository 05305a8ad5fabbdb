"""Waking those who wait for work."""

import threading


class Bell:
    """Rung when there is work; each ring wakes one of those who wait, and up to `most` are remembered for who comes next."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rung = 0
        self._ever = 0
        self._ended = False
        self._changed = threading.Condition()

    @property
    def ever(self) -> int:
        """How often it was rung so far."""
        return self._ever

    def ring(self, times: int = 1) -> None:
        """Wake that many."""
        with self._changed:
            self._ever += times
            self._rung = min(self._rung + times, self._most)
            self._changed.notify(times)

    def end(self) -> None:
        """Wake all, and let nobody wait any more. A ring for each would not do: who looked in vain takes others along."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until it is rung, for so long at most; whether it was."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung > 0 or self._ended, seconds)
            rung = self._rung > 0
            self._rung -= rung
            return rung

    def nothing_left(self, ever: int) -> None:
        """Who began to look when it had been rung `ever` times found nothing: what it was rung for by then others have done."""
        with self._changed:
            self._rung = min(self._rung, self._ever - ever)
