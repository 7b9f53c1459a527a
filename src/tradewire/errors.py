"""Every error that tradewire raises.

The tree::

    TradewireError
    ├── ConfigurationError            a setting, argument or environment variable is missing or wrong
    │   ├── UnknownVenue
    │   ├── UnknownSymbol
    │   └── Unsupported               the venue has no such channel, operation or environment
    ├── LinkError                     the connection; ``retryable`` says whether trying again may help
    │   ├── ConnectFailed
    │   ├── LinkLost
    │   │   └── LinkSilent
    │   ├── LoginRefused
    │   └── LoginTimeout
    ├── NotConnected                  the call needs a live, logged-in connection and there is none
    ├── ProtocolError
    │   ├── LocalProtocolError        our side was asked to break the venue's rules
    │   └── RemoteProtocolError       the venue broke them; keeps the raw frame
    ├── CommandError                  what became of one command
    │   ├── Rejected                  the venue said no, and nothing happened
    │   │   ├── SubscriptionRefused
    │   │   ├── InsufficientBalance
    │   │   ├── InvalidOrder
    │   │   └── UnknownOrder
    │   ├── RateLimited
    │   ├── RequestTimeout            a read was not answered; nothing can have changed
    │   └── OutcomeUnknown            a write was not answered: it may have happened
    ├── BookNotLive                   the local book is building, resyncing or stale
    ├── SlowConsumer                  a bounded queue with the policy "fail" overflowed
    └── CaptureError                  a recording cannot be read, or does not add up
"""

from __future__ import annotations

from typing import Any


class TradewireError(Exception):
    """Base of everything tradewire raises.

    Args:
        text: What went wrong, with the remedy where there is one; the venue's own words where it spoke.
        venue: Name of the venue concerned, or ``""``.
        code: The venue's own code, as text, or ``""``.
        retryable: Whether doing the same again may succeed.
    """

    #: Whether it is known what became of the command. Only ``OutcomeUnknown`` says no.
    outcome_known: bool = True

    def __init__(self, text: str, *, venue: str = "", code: str | int = "", retryable: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.venue = venue
        self.code = str(code)
        self.retryable = retryable

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.text, self.__dict__))


def _rebuild(kind: type[TradewireError], text: str, state: dict[str, Any]) -> TradewireError:
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    error.__dict__.update(state)
    return error


class ConfigurationError(TradewireError):
    """A setting, argument or environment variable is missing or wrong. The text names it and the remedy."""


class UnknownVenue(ConfigurationError):
    """No venue of that name is installed."""


class UnknownSymbol(ConfigurationError):
    """The venue does not list that symbol. The text names the nearest listed ones."""


class Unsupported(ConfigurationError):
    """The venue has no such channel, operation or environment."""


class LinkError(TradewireError):
    """Something about the connection itself."""


class ConnectFailed(LinkError):
    """The socket could not be opened or the upgrade was refused. Retryable unless the text says otherwise."""

    def __init__(self, text: str, *, venue: str = "", code: str | int = "", retryable: bool = True) -> None:
        super().__init__(text, venue=venue, code=code, retryable=retryable)


class LinkLost(LinkError):
    """The connection ended while it was in use. ``code`` is the WebSocket close code, if one was received."""

    def __init__(self, text: str, *, venue: str = "", code: str | int = "", retryable: bool = True) -> None:
        super().__init__(text, venue=venue, code=code, retryable=retryable)


class LinkSilent(LinkLost):
    """The venue stopped answering pings or sending heartbeats."""


class LoginRefused(LinkError):
    """The venue refused the credentials. ``retryable`` is true only for a stale timestamp or a used nonce."""


class LoginTimeout(LinkError):
    """The venue did not answer the login in time."""

    def __init__(self, text: str, *, venue: str = "", code: str | int = "", retryable: bool = True) -> None:
        super().__init__(text, venue=venue, code=code, retryable=retryable)


class NotConnected(TradewireError):
    """The call needs a live, logged-in connection and there is none (closed, not yet open, or reconnecting)."""


class ProtocolError(TradewireError):
    """A rule of the venue's protocol was broken."""


class LocalProtocolError(ProtocolError):
    """Our side was asked to break the venue's rules: too large a frame, too many subscriptions, a bad value."""


class RemoteProtocolError(ProtocolError):
    """The venue sent what its protocol does not allow.

    Args:
        raw: A copy of the frame.
    """

    def __init__(self, text: str, *, raw: bytes = b"", venue: str = "", code: str | int = "", retryable: bool = False) -> None:
        super().__init__(text, venue=venue, code=code, retryable=retryable)
        self.raw = raw


class CommandError(TradewireError):
    """The answer to one command was an error.

    Args:
        request_id: The id the command was given, if it was given one.
    """

    def __init__(
        self,
        text: str,
        *,
        venue: str = "",
        code: str | int = "",
        retryable: bool = False,
        request_id: int | str | None = None,
    ) -> None:
        super().__init__(text, venue=venue, code=code, retryable=retryable)
        self.request_id = request_id


class Rejected(CommandError):
    """The venue said no: nothing was done, nothing is live."""


class SubscriptionRefused(Rejected):
    """The venue refused a subscription."""


class InsufficientBalance(Rejected):
    """The free balance does not cover the order."""


class InvalidOrder(Rejected):
    """The order breaks a rule of the instrument."""


class UnknownOrder(Rejected):
    """The venue knows no such order."""


class RateLimited(CommandError):
    """A limit was reached and the command was not processed.

    Args:
        retry_after: Seconds to wait, where known.
    """

    def __init__(
        self,
        text: str,
        *,
        venue: str = "",
        code: str | int = "",
        retryable: bool = True,
        request_id: int | str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text, venue=venue, code=code, retryable=retryable, request_id=request_id)
        self.retry_after = retry_after


class RequestTimeout(CommandError):
    """A read was not answered in time. Nothing can have changed at the venue."""


class OutcomeUnknown(CommandError):
    """A write was sent and not answered: it may have happened. Ask the venue; never send it again blindly."""

    outcome_known = False


class BookNotLive(TradewireError):
    """The local book is building, resyncing or stale, so its levels must not be traded on."""


class SlowConsumer(TradewireError):
    """A bounded queue with the policy ``fail`` overflowed; its subscription has ended."""


class CaptureError(TradewireError):
    """A recording cannot be read, or does not add up. The text names the file and the line."""
