"""What a test can make a simulated TheOne do wrong, at the level of the protocol."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields
from typing import Literal

from tradewire.model.events import SwapStatus


@dataclass(slots=True)
class ServerFaults:
    """Switches that hold until they are changed back, or until ``clear``. Times are seconds.

    Attributes:
        refuse_login: Every login fails with this text.
        login_delay: Every login is answered that late.
        never_answer_auth: No login is answered at all.
        ack_delay: Subscriptions are acknowledged, and begin, that late.
        drop_ack: Subscriptions begin, but their acknowledgement is lost.
        duplicate_ack: Acknowledgements come twice.
        lose_swap_answers: So many of the next swaps happen without an answer.
        outcome: How every swap ends; ``outcomes`` has exceptions by order id or client order id.
        error_style: Overrides the option of that name.
        status_style: How statuses are spelt: as documented, in lower case, or with one L in ``CANCELED``.
    """

    refuse_login: str = ""
    login_delay: float = 0.0
    never_answer_auth: bool = False
    ack_delay: float = 0.0
    drop_ack: bool = False
    duplicate_ack: bool = False
    lose_swap_answers: int = 0
    outcome: SwapStatus = SwapStatus.FILLED
    outcomes: dict[str, SwapStatus] = field(default_factory=dict)
    error_style: Literal["", "bare", "with_op"] = ""
    status_style: Literal["documented", "lower", "american"] = "documented"
    _injected: deque[bytes] = field(default_factory=deque)
    _rest_refusals: deque[tuple[int, int]] = field(default_factory=deque)

    def push(self, text: str) -> None:
        """Write ``text`` as it is to every connection: malformed JSON, a push on a channel that nobody has, a whole burst."""
        self._injected.append(text.encode())

    def refuse_rest(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` REST calls with ``status``; ``retry_after`` is in seconds."""
        self._rest_refusals.extend([(status, retry_after)] * count)

    @property
    def pushes_wait(self) -> bool:
        """Whether ``push`` was given something that is still to be written."""
        return bool(self._injected)

    def take_pushes(self) -> list[bytes]:
        """Return and forget what ``push`` was given."""
        pushes = list(self._injected)
        self._injected.clear()
        return pushes

    def take_rest_refusal(self) -> tuple[int, int] | None:
        """Return status and retry time for the call at hand, or ``None``."""
        return self._rest_refusals.popleft() if self._rest_refusals else None

    def clear(self) -> None:
        """Put everything back to order."""
        healthy = ServerFaults()
        for switch in fields(self):
            setattr(self, switch.name, getattr(healthy, switch.name))

    def spell(self, status: SwapStatus) -> str:
        """Write ``status`` in the style in force."""
        if self.status_style == "lower":
            return status.lower()
        return "CANCELED" if self.status_style == "american" and status is SwapStatus.CANCELLED else str(status)

    def end_of(self, order_id: str, client_order_id: str) -> SwapStatus:
        """How this swap ends."""
        return SwapStatus(self.outcomes.get(order_id) or self.outcomes.get(client_order_id) or self.outcome)
