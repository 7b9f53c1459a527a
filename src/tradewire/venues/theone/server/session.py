"""One connection to a simulated TheOne."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import msgspec

from tradewire.model.time import SECOND, Nanos
from tradewire.venues.backend import Account
from tradewire.venues.theone import auth
from tradewire.venues.theone.messages import FromClient, channel_of
from tradewire.venues.theone.server import refusal
from tradewire.venues.theone.server.broker import Broker
from tradewire.venues.theone.server.fields import STREAM_STYLES, parse_object, parse_order_id, parse_swap
from tradewire.venues.theone.server.refusal import Refusal
from tradewire.venues.theone.server.verifier import Signed
from tradewire.wire.protocol import Close, Frame, Ping, ServerOutput
from tradewire.wire.ratelimit import Pacer

POLICY_VIOLATION = 1008
TOO_LARGE = 1009
GOING_AWAY = 1001

_ACKNOWLEDGEMENT = {"subscribe": "subscribed", "unsubscribe": "unsubscribed"}
_SIGNED = ("estimate", "swap", "order_status", "balances")


class TheOneSession:
    """Server half of one connection. Methods as ``wire.protocol.ServerSession`` describes them.

    Args:
        broker: Shared with all other connections.
        number: Of this connection, from 1.

    Attributes:
        channels: What is subscribed to, by the broker's names.
    """

    def __init__(self, broker: Broker, number: int) -> None:
        self.number = number
        self.channels: set[str] = set()
        self._broker = broker
        self._options = broker.options
        self._faults = broker.faults
        self._account: Account | None = None
        self._pacer = Pacer(self._options.max_messages_per_s)
        self._outputs: list[ServerOutput] = []
        self._later: list[tuple[Nanos, Callable[[], None]]] = []
        self._login_due: Nanos | None = None
        self._idle_due: Nanos | None = None
        self._ping_due: Nanos | None = None
        self._ended = False

    @property
    def key(self) -> str | None:
        """The key that the connection is logged in with."""
        return None if self._account is None else self._account.key

    # The connection

    def opened(self, now: Nanos) -> None:
        """Start the clocks of login, idleness and pings."""
        self._login_due = now + round(self._options.auth_timeout_s * SECOND)
        self._ping_due = now + round(self._options.ping_interval_s * SECOND)
        self._active(now)
        self._broker.listeners.append(self)

    def closed(self, now: Nanos) -> None:
        """Forget the connection."""
        self._ended = True
        if self in self._broker.listeners:
            self._broker.listeners.remove(self)

    def take_outputs(self) -> list[ServerOutput]:
        """Return and forget what is to be written."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def ping_received(self, payload: bytes, now: Nanos) -> None:
        """Count the ping as activity, if the options say so."""
        if self._options.pings_count:
            self._active(now)

    def pong_received(self, payload: bytes, now: Nanos) -> None:
        """Nothing: a missing pong has no consequence here."""

    def tick(self, now: Nanos) -> None:
        """Do what was put off, ping, and end a connection that stays silent."""
        while self._later and self._later[0][0] <= now and not self._ended:
            self._later.pop(0)[1]()
        if self._ping_due is not None and self._ping_due <= now:
            self._ping_due = now + round(self._options.ping_interval_s * SECOND)
            self._put(Ping())
        if self._account is None and self._login_due is not None and self._login_due <= now:
            self._close(POLICY_VIOLATION, "authentication timeout")
        elif self._idle_due is not None and self._idle_due <= now:
            self._close(GOING_AWAY, "idle")

    def next_tick(self) -> Nanos | None:
        """Return the earliest of all deadlines."""
        if self._ended:
            return None
        moments = [self._idle_due, self._ping_due, self._login_due if self._account is None else None]
        moments.extend(due for due, _ in self._later[:1])
        return min((moment for moment in moments if moment is not None), default=None)

    # What goes out

    def push(self, account: str, frame: bytes, channel: str) -> None:
        """Write a push, if it is the connection's business."""
        if self._account is not None and self._account.name == account and channel in self.channels:
            self.write(frame)

    def write(self, frame: bytes) -> None:
        """Write a frame as it is."""
        self._put(Frame(frame))

    def _put(self, output: ServerOutput) -> None:
        if not self._ended:
            self._outputs.append(output)

    def _close(self, code: int, reason: str) -> None:
        self._put(Close(code, reason))
        self._ended = True

    def _say(self, **members: Any) -> None:
        self.write(msgspec.json.encode({name: value for name, value in members.items() if value is not None}))

    def _refuse(self, text: str, message: FromClient) -> None:
        if (self._faults.error_style or self._options.error_style) == "with_op":
            self._say(op=message.op, ch=message.ch, error=text)
        else:
            self._say(error=text)

    def _after(self, delay: float, now: Nanos, action: Callable[[], None]) -> None:
        if delay <= 0:
            action()
            return
        self._later.append((now + round(delay * SECOND), action))
        self._later.sort(key=itemgetter(0))

    def _active(self, now: Nanos) -> None:
        self._idle_due = now + round(self._options.idle_timeout_s * SECOND)

    # What comes in

    def receive(self, payload: bytes, now: Nanos, *, binary: bool = False) -> None:
        """Check a frame in the order that clients can rely on here, and do what it asks."""
        if self._ended:
            return
        self._active(now)
        if len(payload) > self._options.max_message_bytes:
            self._close(TOO_LARGE, "message too large")
            return
        message = FromClient()
        try:
            self._pace(now)
            message = _decode(payload, binary=binary)
            self._obey(message, now)
        except Refusal as refused:
            self._refuse(refused.text, message)

    def _pace(self, now: Nanos) -> None:
        if self._pacer.ready_at(now) > now:
            raise Refusal(*refusal.RATE_LIMIT)
        self._pacer.spend(now)

    def _obey(self, message: FromClient, now: Nanos) -> None:
        if message.op == "auth":
            self._log_in(message, now)
            return
        if self._account is None:
            raise Refusal(*refusal.NOT_AUTHENTICATED)
        if message.op in _ACKNOWLEDGEMENT:
            self._subscribe(message, now)
        elif message.op in _SIGNED:
            signed = _signed(message, auth.operation_path(message.op))
            self._broker.verifier.check(self._account, signed, now)
            self._answer(self._account, message.op, signed.body, now)
        else:
            raise Refusal(f"Unknown operation: {message.op}")

    def _log_in(self, message: FromClient, now: Nanos) -> None:
        if self._faults.never_answer_auth:
            return
        try:
            account = self._authenticate(message, now)
        except Refusal as refused:
            text = refused.text
            self._after(self._faults.login_delay, now, lambda: self._login_refused(text, message))
        else:
            self._after(self._faults.login_delay, now, lambda: self._login_accepted(account))

    def _authenticate(self, message: FromClient, now: Nanos) -> Account:
        if self._faults.refuse_login:
            raise Refusal(self._faults.refuse_login)
        account = self._broker.keys.account(message.key, now) if isinstance(message.key, str) else None
        if account is None:
            raise Refusal(*refusal.BAD_KEY)
        others = self._broker.connections_of(account.key) - (self.key == account.key)
        if others >= self._options.max_connections_per_key:
            raise Refusal(*refusal.TOO_MANY_CONNECTIONS)
        self._broker.verifier.check(account, _signed(message, auth.STREAM_PATH, body=b""), now)
        return account

    def _login_accepted(self, account: Account) -> None:
        self._account = account
        self._say(op="auth", data={"status": "authenticated"})

    def _login_refused(self, text: str, message: FromClient) -> None:
        self._refuse(text, message)
        if self._options.close_on_auth_error:
            self._close(POLICY_VIOLATION, text)

    def _subscribe(self, message: FromClient, now: Nanos) -> None:
        name, subscribing = message.ch, message.op == "subscribe"
        if not isinstance(name, str) or channel_of(name) is None:
            raise Refusal(*refusal.BAD_CHANNEL)
        if subscribing and name not in self.channels and len(self.channels) >= self._options.max_subscriptions:
            raise Refusal(*refusal.TOO_MANY_SUBSCRIPTIONS)

        def take_effect() -> None:
            for _ in range(0 if self._faults.drop_ack else 2 if self._faults.duplicate_ack else 1):
                self._say(op=message.op, ch=name, data={"status": _ACKNOWLEDGEMENT[message.op]})
            (self.channels.add if subscribing else self.channels.discard)(name)

        self._after(self._faults.ack_delay, now, take_effect)

    def _answer(self, account: Account, op: str, data: bytes, now: Nanos) -> None:
        broker = self._broker
        match op:
            case "balances":
                if data not in {b"", b"null"}:
                    parse_object(data)
                self._say(op=op, data={"balances": broker.balances.rows(account.name)})
            case "estimate":
                self._say(op=op, data=broker.prices.estimate(parse_swap(data, STREAM_STYLES), now))
            case "order_status":
                order = broker.desk.find(account, parse_order_id(data))
                self._say(op=op, data=broker.desk.state(order))
            case _:
                self._swap(account, data, now)

    def _swap(self, account: Account, data: bytes, now: Nanos) -> None:
        receipt = self._broker.swap(account, parse_swap(data, STREAM_STYLES), now)
        if self._faults.lose_swap_answers:
            self._faults.lose_swap_answers -= 1
        else:
            self._say(op="swap", data=receipt)
        self._broker.announce_balances(account.name)


def _decode(payload: bytes, *, binary: bool) -> FromClient:
    if binary:
        raise Refusal(*refusal.BAD_MESSAGE)
    try:
        message = msgspec.json.decode(payload, type=FromClient)
    except (ValueError, RecursionError):
        raise Refusal(*refusal.BAD_MESSAGE) from None
    if not isinstance(message.op, str) or not message.op:
        raise Refusal(*refusal.BAD_MESSAGE)
    return message


def _signed(message: FromClient, path: str, *, body: bytes | None = None) -> Signed:
    raw = bytes(message.data) if body is None else body
    return Signed(auth.STREAM_METHOD, path, message.ts, message.nonce, message.sig, raw)
