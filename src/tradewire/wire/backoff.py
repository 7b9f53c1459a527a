"""When to try a lost connection again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tradewire.errors import ConfigurationError


class ReconnectPolicy(Protocol):
    """Decides how long to wait before each attempt. Durations are seconds."""

    @property
    def stable_after(self) -> float:
        """How long a restored link must live before attempts are counted from 1 again; 0: once subscriptions are restored."""
        ...

    def delay(self, attempt: int, uniform: Callable[[], float]) -> float | None:
        """Return the seconds to wait before ``attempt`` (counted from 1), or ``None`` to give up.

        Args:
            attempt: Number of the attempt since the link was last stable.
            uniform: Makes a random number from 0 to 1.
        """


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off: ``min(cap, initial * factor ** (attempt - 1))`` seconds, with full jitter a random part of it.

    Full jitter keeps a thousand clients of one venue from coming back in the same instant after it restarts.

    Attributes:
        initial: Seconds before the first attempt.
        factor: Growth from one attempt to the next.
        cap: Longest wait in seconds.
        attempts: How many attempts to make; ``None`` is endless, 0 never reconnects.
        jitter: Whether to wait a random part (uniform from nothing to all) of the computed time.
        stable_after: See ``ReconnectPolicy``.

    Raises:
        ConfigurationError: A value is out of range.
    """

    initial: float = 0.5
    factor: float = 2.0
    cap: float = 30.0
    attempts: int | None = None
    jitter: bool = True
    stable_after: float = 30.0

    def __post_init__(self) -> None:
        for name in ("initial", "cap", "stable_after"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ConfigurationError(f"Backoff.{name} must be a number of seconds from 0 up, not {getattr(self, name)}")
        if not 1 <= self.factor < float("inf"):
            raise ConfigurationError(f"Backoff.factor must be at least 1, not {self.factor}")
        if self.attempts is not None and self.attempts < 0:
            raise ConfigurationError(f"Backoff.attempts must be 0 or more, or None for endless, not {self.attempts}")

    def delay(self, attempt: int, uniform: Callable[[], float]) -> float | None:
        """Return the seconds to wait before ``attempt``, or ``None`` once ``attempts`` are used up."""
        if self.attempts is not None and attempt > self.attempts:
            return None
        try:
            ceiling = min(self.cap, self.initial * float(self.factor) ** (attempt - 1))
        except OverflowError:  # after hundreds of attempts
            ceiling = self.cap if self.initial else 0.0
        return uniform() * ceiling if self.jitter else ceiling
