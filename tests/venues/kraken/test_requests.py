"""Requests: written in chunks, answered symbol by symbol, failed by deadline."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from kraken_desk import START, acknowledgement, refusal

from tradewire.errors import (
    LinkLost,
    LocalProtocolError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RequestTimeout,
    SubscriptionRefused,
    TradewireError,
    Unsupported,
)
from tradewire.model.channels import Book, Candles, Channel, Quotes, Trades
from tradewire.model.operations import ListSubscriptions, RawOperation, Request
from tradewire.model.time import SECOND
from tradewire.venues.kraken.feeds import Feed
from tradewire.venues.kraken.messages import Head
from tradewire.venues.kraken.registry import Registry
from tradewire.venues.kraken.requests import ACKNOWLEDGE_WITHIN, CHUNK, FRAME_TIME, Requests, Settled
from tradewire.wire.control import Answered, Failed


class Clerk:
    """Keeps requests, and what they emitted."""

    def __init__(self) -> None:
        self.requests = Requests()
        self.emitted: list[Any] = []
        self._registry = Registry()

    def feeds(self, *channels: Channel) -> list[Feed]:
        return [self._registry.board(channel)[0] for channel in channels]

    def send(self, *channels: Channel, method: str = "subscribe") -> list[Feed]:
        feeds = self.feeds(*channels)
        self.requests.send(method, feeds, START)
        return feeds

    def written(self) -> list[dict[str, Any]]:
        frames, self.requests.outputs[:] = list(self.requests.outputs), []
        return [msgspec.json.decode(frame.payload) for frame in frames]  # type: ignore[arg-type]

    def answer(self, reply: dict[str, Any]) -> list[Settled]:
        payload = msgspec.json.encode(reply)
        return self.requests.answer(msgspec.json.decode(payload, type=Head), payload, self.emitted.append)

    def ask(self, payload: bytes, **more: Any) -> None:
        self.requests.execute(Request(3, RawOperation(payload, **more)), START, self.emitted.append)

    def failure(self) -> TradewireError:
        (failed,) = self.emitted
        assert isinstance(failed, Failed)
        assert failed.request_id == 3
        return failed.error


def test_what_is_alike_goes_into_one_frame() -> None:
    clerk = Clerk()
    clerk.send(Trades("A/B"), Book("A/B", 10), Quotes("A/B"), Trades("C/D"), Book("C/D", 25), Candles("A/B", "5m"))
    assert clerk.written() == [
        {"method": "subscribe", "params": {"channel": "trade", "symbol": ["A/B", "C/D"], "snapshot": False}, "req_id": 1},
        {"method": "subscribe", "params": {"channel": "book", "symbol": ["A/B"], "depth": 10, "snapshot": True}, "req_id": 2},
        {
            "method": "subscribe",
            "params": {"channel": "ticker", "symbol": ["A/B"], "event_trigger": "bbo", "snapshot": True},
            "req_id": 3,
        },
        {"method": "subscribe", "params": {"channel": "book", "symbol": ["C/D"], "depth": 25, "snapshot": True}, "req_id": 4},
        {"method": "subscribe", "params": {"channel": "ohlc", "symbol": ["A/B"], "interval": 5, "snapshot": False}, "req_id": 5},
    ]


def test_unsubscribing_repeats_what_was_subscribed_but_for_the_snapshot() -> None:
    clerk = Clerk()
    clerk.send(Book("A/B", 10), method="unsubscribe")
    (request,) = clerk.written()
    assert (request["method"], request["params"]) == ("unsubscribe", {"channel": "book", "symbol": ["A/B"], "depth": 10})


def test_long_lists_are_cut() -> None:
    clerk = Clerk()
    clerk.send(*(Trades(f"A{n}/B") for n in range(2 * CHUNK + 1)))
    assert [len(request["params"]["symbol"]) for request in clerk.written()] == [CHUNK, CHUNK, 1]


def test_each_symbol_is_answered_for_itself_in_any_order() -> None:
    clerk = Clerk()
    one, two, three = clerk.send(*(Book(symbol, 10) for symbol in ("A/B", "C/D", "E/F")))
    (request,) = clerk.written()
    assert clerk.answer(acknowledgement(request, "E/F")) == [Settled("subscribe", three, None, 10)]
    (refused,) = clerk.answer(refusal(request, "Currency pair not supported A/B", symbol="A/B"))
    assert refused.feed is one
    assert isinstance(refused.error, SubscriptionRefused)
    assert str(refused.error) == "Currency pair not supported A/B"
    assert clerk.answer(acknowledgement(request, "E/F")) == []
    assert clerk.answer(acknowledgement(request, "C/D")) == [Settled("subscribe", two, None, 10)]
    assert clerk.requests.next_tick() is None


def test_a_refusal_without_a_symbol_is_about_all_that_is_open() -> None:
    clerk = Clerk()
    one, two, three = clerk.send(*(Trades(symbol) for symbol in ("A/B", "C/D", "E/F")))
    (request,) = clerk.written()
    clerk.answer(acknowledgement(request, "A/B"))
    refused = clerk.answer(refusal(request, "Subscription depth not supported"))
    assert [each.feed for each in refused] == [two, three]
    assert one not in [each.feed for each in refused]
    assert clerk.requests.next_tick() is None


@pytest.mark.parametrize("success", [False, None, "true", 1])
def test_only_true_is_success(success: Any) -> None:
    clerk = Clerk()
    clerk.send(Trades("A/B"))
    (request,) = clerk.written()
    (settled,) = clerk.answer({**acknowledgement(request, "A/B"), "success": success, "error": "no"})
    assert isinstance(settled.error, SubscriptionRefused)


def test_without_an_id_the_only_request_that_fits_is_meant() -> None:
    clerk = Clerk()
    one, _ = clerk.send(Trades("A/B"), Quotes("C/D"))
    refused = clerk.answer({"method": "subscribe", "error": "no", "success": False, "symbol": "A/B"})
    assert [each.feed for each in refused] == [one]
    (limited,) = clerk.answer({"Error": "Exceeded msg rate"})
    assert isinstance(limited.error, RateLimited)


def test_without_an_id_nothing_is_guessed() -> None:
    clerk = Clerk()
    clerk.send(Trades("A/B"), Quotes("A/B"))
    for reply in ({"method": "subscribe", "error": "no", "success": False}, {"Error": "Exceeded msg rate"}):
        with pytest.raises(ValueError, match="answers no request"):
            clerk.answer(reply)


def test_answers_to_nothing_are_ignored_and_errors_are_not() -> None:
    clerk = Clerk()
    assert clerk.answer({"method": "pong"}) == []
    assert clerk.answer({"method": "subscribe", "req_id": 9, "success": True, "result": {"symbol": "A/B"}}) == []
    with pytest.raises(ValueError, match="answers no request: no"):
        clerk.answer({"method": "subscribe", "req_id": 9, "success": False, "error": "no"})


def test_silence_settles_what_is_open() -> None:
    clerk = Clerk()
    one, two, _ = clerk.send(Trades("A/B"), Trades("C/D"), Quotes("A/B"))
    first, _ = clerk.written()
    clerk.answer(acknowledgement(first, "A/B"))
    assert clerk.requests.next_tick() == START + ACKNOWLEDGE_WITHIN
    assert clerk.requests.tick(START + ACKNOWLEDGE_WITHIN - 1, clerk.emitted.append) == []
    (late,) = clerk.requests.tick(START + ACKNOWLEDGE_WITHIN, clerk.emitted.append)
    assert late.feed is two
    assert one is not two
    assert isinstance(late.error, RequestTimeout)
    assert clerk.requests.next_tick() == START + ACKNOWLEDGE_WITHIN + FRAME_TIME


def test_a_raw_request_gets_the_raw_answer() -> None:
    clerk = Clerk()
    clerk.ask(b'{"method":"ping","req_id":101}', modifies=False)
    reply = {"method": "pong", "req_id": 101, "time_in": "a", "time_out": "b"}
    clerk.answer(reply)
    assert clerk.emitted == [Answered(request_id=3, result=msgspec.json.encode(reply))]


def test_a_raw_request_fails_in_the_venues_words() -> None:
    clerk = Clerk()
    clerk.ask(b'{"method":"nonsense","req_id":5}')
    clerk.answer({"error": "Unsupported event", "method": "nonsense", "req_id": 5, "success": False})
    error = clerk.failure()
    assert type(error) is Rejected
    assert str(error) == "Unsupported event"


def test_a_raw_request_without_an_id_takes_the_answer_to_its_method() -> None:
    clerk = Clerk()
    clerk.send(Trades("A/B"))
    clerk.ask(b'{"method":"ping","params":{}}')
    clerk.answer({"error": "Unsupported field: 'params' for the given msg type: ping", "method": "ping", "success": False})
    assert "params" in str(clerk.failure())


def test_ids_are_not_given_twice() -> None:
    clerk = Clerk()
    clerk.ask(b'{"method":"x","req_id":1}')
    clerk.send(Trades("A/B"))
    assert clerk.written()[1]["req_id"] == 2
    clerk.ask(b'{"method":"x"}', key=2)
    assert isinstance(clerk.failure(), LocalProtocolError)


@pytest.mark.parametrize(("modifies", "kind"), [(True, OutcomeUnknown), (False, LinkLost)])
def test_what_may_have_been_done_is_unknown_after_a_cut(modifies: bool, kind: type[TradewireError]) -> None:
    clerk = Clerk()
    clerk.send(Trades("A/B"))
    clerk.ask(b"{}", key=7, modifies=modifies)
    clerk.requests.disconnected(LinkLost("reset"), clerk.emitted.append)
    assert type(clerk.failure()) is kind
    assert clerk.requests.next_tick() is None


def test_a_raw_request_has_the_deadline_that_it_brings() -> None:
    clerk = Clerk()
    operation = RawOperation(b"not json", modifies=False)
    clerk.requests.execute(Request(3, operation, deadline=START + SECOND), START, clerk.emitted.append)
    clerk.requests.tick(START + SECOND, clerk.emitted.append)
    assert isinstance(clerk.failure(), RequestTimeout)


def test_nobody_hears_of_a_request_that_nobody_awaits() -> None:
    clerk = Clerk()
    clerk.requests.execute(Request(3, RawOperation(b"{}"), awaited=False), START, clerk.emitted.append)
    clerk.requests.tick(START + ACKNOWLEDGE_WITHIN, clerk.emitted.append)
    assert not clerk.emitted


def test_other_operations_are_not_for_this_connection() -> None:
    clerk = Clerk()
    clerk.requests.execute(Request(3, ListSubscriptions()), START, clerk.emitted.append)
    error = clerk.failure()
    assert isinstance(error, Unsupported)
    assert "ListSubscriptions" in str(error)
