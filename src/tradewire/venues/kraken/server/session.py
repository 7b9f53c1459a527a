"""One public connection: requests, heartbeats, and the updates on their way out."""

from __future__ import annotations

from zlib import crc32

from msgspec import UNSET

from tradewire.model.time import Nanos, iso
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.feed import Feed
from tradewire.venues.kraken.server.messages import HEARTBEAT, TOO_FAST, Reply, Result, encode, status_frame
from tradewire.venues.kraken.server.options import ServerOptions, nanos
from tradewire.venues.kraken.server.requests import Channel, Request, RequestError, Subscription, read_request
from tradewire.wire.protocol import Close, Frame, ServerOutput

_WARNINGS = {
    Channel.OHLC: ("timestamp is deprecated, use interval_begin",),
    Channel.INSTRUMENT: ("tick_size is deprecated, use price_increment",),
}


class PublicSession:
    """Server half of one connection for market data. Methods as ``wire.protocol.ServerSession`` describes them.

    Args:
        feed: Where the streams come from.
        connection_id: Told to the client; 64 bits.
    """

    def __init__(self, feed: Feed, faults: ServerFaults, options: ServerOptions, connection_id: int) -> None:
        self._feed = feed
        self._faults = faults
        self._options = options
        self._id = connection_id
        self._subscriptions: dict[Subscription, None] = {}
        self._outputs: list[ServerOutput] = []
        self._last_heard: Nanos = 0
        self._next_heartbeat: Nanos = 0
        self._open = False

    def opened(self, now: Nanos) -> None:
        """Say how the venue is."""
        self._open = True
        self._last_heard = now
        self._feed.connections[self] = None
        self.announce()

    def receive(self, payload: bytes, now: Nanos, *, binary: bool = False) -> None:
        """Answer a request; binary frames are read as text."""
        if not self._open:
            return
        self._last_heard = now
        if self._faults.refused_messages.take():
            self._outputs.append(TOO_FAST)
            return
        try:
            self._perform(read_request(payload), now)
        except RequestError as error:
            self._refuse(error, now)

    def ping_received(self, payload: bytes, now: Nanos) -> None:
        """Count it as a sign of life."""
        self._last_heard = now

    def pong_received(self, payload: bytes, now: Nanos) -> None:
        """Count it as a sign of life."""
        self._last_heard = now

    def tick(self, now: Nanos) -> None:
        """Beat, or end what has been idle for too long."""
        due = self.next_tick()
        if due is None or now < due:
            return
        if self._subscriptions:
            self._outputs.append(HEARTBEAT)
            self._next_heartbeat = now + nanos(self._options.heartbeat_interval)
        else:
            self.end(1000, "Idle")

    def next_tick(self) -> Nanos | None:
        """When the next heartbeat is due; without subscriptions, when the client has been silent for too long."""
        if not self._open:
            return None
        return self._next_heartbeat if self._subscriptions else self._last_heard + nanos(self._options.idle_timeout)

    def closed(self, now: Nanos) -> None:
        """Leave all streams."""
        self._leave()

    def take_outputs(self) -> list[ServerOutput]:
        """Hand out what has gathered."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def deliver(self, frame: Frame) -> None:
        """Queue an update."""
        self._outputs.append(frame)

    def announce(self) -> None:
        """Tell the state of the trading engine."""
        self._outputs.append(status_frame(self._faults.system, self._id))

    def end(self, code: int, reason: str) -> None:
        """Close the connection."""
        self._leave()
        self._outputs.append(Close(code, reason))

    def _perform(self, request: Request, now: Nanos) -> None:
        match request.method:
            case "ping":
                self._answer(Reply(method="pong", req_id=request.request_id, time_in=iso(now), time_out=iso(now)))
            case "subscribe":
                if self._faults.subscribe_errors:
                    raise RequestError(self._faults.subscribe_errors.popleft(), request.method, request.request_id)
                self._each(request, now)
            case "unsubscribe":
                self._each(request, now)

    def _each(self, request: Request, now: Nanos) -> None:
        """Answer for each symbol by itself. The venue keeps no order among them; here it is arbitrary, but always the same."""
        for subscription in sorted(request.subscriptions, key=lambda one: crc32(str(one.symbol).encode())):
            try:
                if request.method == "subscribe":
                    self._subscribe(subscription, request, now)
                else:
                    self._unsubscribe(subscription, request, now)
            except RequestError as error:
                error.method, error.request_id, error.symbol = request.method, request.request_id, subscription.symbol
                self._refuse(error, now)

    def _subscribe(self, subscription: Subscription, request: Request, now: Nanos) -> None:
        if not self._feed.lists(subscription):
            raise RequestError(f"Currency pair not supported {subscription.symbol}")
        if subscription in self._subscriptions:
            raise RequestError(self._options.already_subscribed)
        if not self._subscriptions:
            self._next_heartbeat = now + nanos(self._options.heartbeat_interval)
        self._subscriptions[subscription] = None
        stream = self._feed.join(subscription, self)
        warnings = _WARNINGS.get(subscription.channel, UNSET)
        result = _result(subscription)
        result.snapshot, result.warnings = request.snapshot, warnings
        self._acknowledge(request, result, now)
        if request.snapshot and (snapshot := stream.snapshot(now)):
            self._outputs.append(Frame(encode(snapshot)))

    def _unsubscribe(self, subscription: Subscription, request: Request, now: Nanos) -> None:
        if subscription not in self._subscriptions:
            raise RequestError(self._options.not_subscribed)
        del self._subscriptions[subscription]
        self._feed.leave(subscription, self)
        self._last_heard = now
        self._acknowledge(request, _result(subscription), now)

    def _acknowledge(self, request: Request, result: Result, now: Nanos) -> None:
        moment = iso(now)
        self._answer(
            Reply(method=request.method, req_id=request.request_id, result=result, success=True, time_in=moment, time_out=moment)
        )

    def _refuse(self, error: RequestError, now: Nanos) -> None:
        self._answer(
            Reply(
                error=error.text,
                method=error.method,
                req_id=error.request_id,
                success=False,
                symbol=error.symbol,
                time_in=iso(now),
                time_out=iso(now),
            )
        )

    def _answer(self, reply: Reply) -> None:
        self._outputs.append(Frame(encode(reply)))

    def _leave(self) -> None:
        self._open = False
        self._feed.connections.pop(self, None)
        for subscription in self._subscriptions:
            self._feed.leave(subscription, self)
        self._subscriptions.clear()


def _result(subscription: Subscription) -> Result:
    """Repeat the parameters; the trigger of a ticker only where it is not the usual one."""
    return Result(
        channel=subscription.channel,
        depth=subscription.depth,
        event_trigger=UNSET if subscription.event_trigger == "trades" else subscription.event_trigger,
        interval=subscription.interval,
        symbol=subscription.symbol,
    )
