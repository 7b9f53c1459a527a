"""What can be set on a broker client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """The documented limits of a connection. Durations in seconds.

    Attributes:
        subscriptions: Channels one client may subscribe to; the next one is refused before anything is sent.
        authentication: From the open socket to the broker's yes.
        acknowledgement: From a subscribe frame to its acknowledgement.
        answer: From a trading operation to its answer, where one is waited for.
        heartbeat: Between two WebSocket pings.
        pong: A ping without any frame after it for this long cuts the connection.
    """

    subscriptions: int = 100
    authentication: float = 10.0
    acknowledgement: float = 5.0
    answer: float = 10.0
    heartbeat: float = 30.0
    pong: float = 10.0


class ReconnectSettings(Protocol):
    """The attributes of a client that steer its reconnecting."""

    max_reconnect_attempts: int
    reconnect_delay: float


class DocumentedBackoff:
    """Attempt ``n`` follows after ``reconnect_delay * 2 ** (n - 1)`` seconds, without jitter or cap.

    Both settings are read when they are used, so they may change at any time. No attempts at all means: never reconnect.

    Args:
        settings: The client.

    Attributes:
        attempts: Number of the last attempt.
        stable_after: Zero: attempts count from one again as soon as the subscriptions are restored.
    """

    stable_after = 0.0

    def __init__(self, settings: ReconnectSettings) -> None:
        self._settings = settings
        self.attempts = 0

    def delay(self, attempt: int, uniform: Callable[[], float]) -> float | None:
        """Seconds to wait before ``attempt`` (counted from 1), or ``None`` to give up."""
        if attempt > self._settings.max_reconnect_attempts:
            return None
        self.attempts = attempt
        delay: float = self._settings.reconnect_delay * 2 ** (attempt - 1)
        return delay
