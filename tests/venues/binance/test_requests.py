"""Control requests: chunks, ids, both forms of errors, deadlines."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from binance_desk import Desk
from binance_payloads import TRADE

from tradewire.errors import (
    LinkLost,
    LocalProtocolError,
    OutcomeUnknown,
    Rejected,
    RequestTimeout,
    SubscriptionRefused,
    TradewireError,
    Unsupported,
)
from tradewire.model.channels import Balances, Channel, Quotes, Trades
from tradewire.model.events import Trade, Unrecognised
from tradewire.model.operations import GetBalances, ListSubscriptions, RawOperation, Request, Subscribe, Unsubscribe
from tradewire.model.time import SECOND
from tradewire.wire.control import Answered, Confirmed, Denied, Failed, Withdrawn
from tradewire.wire.protocol import Frame

BTC, ETH = Trades("BTC/USDT"), Trades("ETH/USDT")


def asked(*channels: Channel) -> tuple[Desk, list[dict[str, Any]]]:
    desk = Desk()
    desk.submit(Subscribe(channels))
    return desk, desk.requests()


def nested(code: int, text: str, **rest: Any) -> dict[str, Any]:
    return {"error": {"code": code, "msg": text}, **rest}


def flat(code: int, text: str, **rest: Any) -> dict[str, Any]:
    return {"code": code, "msg": text, **rest}


def test_a_subscription_is_pending_until_it_is_acknowledged() -> None:
    desk, (request,) = asked(BTC, ETH)
    assert request == {"method": "SUBSCRIBE", "params": ["btcusdt@trade", "ethusdt@trade"], "id": request["id"]}
    assert not desk.emitted
    desk.receive({"result": None, "id": request["id"]})
    assert desk.take(Confirmed) == Confirmed(channels=(BTC, ETH))


def test_events_may_come_before_the_acknowledgement() -> None:
    desk, (request,) = asked(Trades("BNB/BTC"))
    desk.event("bnbbtc@trade", TRADE)
    desk.take(Trade)
    desk.receive({"result": None, "id": request["id"]})
    desk.take(Confirmed)


def test_long_lists_are_cut_into_chunks() -> None:
    _, requests = asked(*(Trades(f"A{n}/USDT") for n in range(450)))
    assert [len(request["params"]) for request in requests] == [200, 200, 50]
    assert len({request["id"] for request in requests}) == 3


@pytest.mark.parametrize("form", [flat, nested])
@pytest.mark.parametrize("with_id", [True, False, None])
def test_a_refusal_in_either_form_with_or_without_its_id(form: Any, with_id: bool | None) -> None:
    desk, (request,) = asked(BTC)
    rest = {True: {"id": request["id"]}, False: {}, None: {"id": None}}[with_id]
    desk.receive(form(4, "Too many subscriptions", **rest))
    denied = desk.take(Denied)
    assert denied.channels == (BTC,)
    assert isinstance(denied.error, SubscriptionRefused)
    assert (denied.error.code, str(denied.error)) == ("4", "Too many subscriptions")
    desk.event("btcusdt@trade", TRADE)
    assert not desk.emitted


def test_one_bad_name_does_not_cost_the_others_their_subscription() -> None:
    good = [Trades(f"A{n}/USDT") for n in range(7)]
    bad = Trades("B!D/USDT")
    desk, requests = asked(*good[:3], bad, *good[3:])
    confirmed: list[Channel] = []
    while requests:
        for request in requests:
            spoilt = "b!dusdt@trade" in request["params"]
            desk.receive(
                nested(2, "Invalid request: invalid stream", id=request["id"])
                if spoilt
                else {"result": None, "id": request["id"]}
            )
        requests = desk.requests()
    for message in desk.take_all():
        if isinstance(message, Confirmed):
            confirmed += message.channels
        else:
            assert isinstance(message, Denied)
            assert message.channels == (bad,)
    assert sorted(confirmed, key=repr) == sorted(good, key=repr)


def test_an_error_without_id_goes_to_the_oldest_request() -> None:
    desk, (first,) = asked(BTC)
    desk.submit(Subscribe((ETH,)))
    (second,) = desk.requests()
    desk.receive(flat(4, "Too many subscriptions"))
    assert desk.take(Denied).channels == (BTC,)
    desk.receive({"result": None, "id": second["id"]})
    assert desk.take(Confirmed).channels == (ETH,)
    assert first["id"] != second["id"]


def test_an_error_that_answers_nothing_is_shown() -> None:
    desk = Desk()
    desk.receive(flat(3, "Invalid JSON: expected value at line 1 column 1"))
    assert "Invalid JSON" in desk.take(Unrecognised).reason


def test_an_answer_that_nobody_waits_for_is_dropped() -> None:
    desk = Desk()
    desk.receive({"result": None, "id": 99})
    assert not desk.emitted


def test_silence_denies_the_subscription_and_takes_it_back() -> None:
    desk, (request,) = asked(BTC)
    assert desk.client.next_tick() == desk.now + 5 * SECOND
    desk.wait(4.9)
    assert not desk.emitted
    desk.wait(0.1)
    denied = desk.take(Denied)
    assert denied.channels == (BTC,)
    assert isinstance(denied.error, RequestTimeout)
    (tidied,) = desk.requests()
    assert (tidied["method"], tidied["params"]) == ("UNSUBSCRIBE", ["btcusdt@trade"])
    desk.receive({"result": None, "id": request["id"]})
    desk.event("btcusdt@trade", TRADE)
    desk.receive({"result": None, "id": tidied["id"]})
    assert not desk.emitted


def test_requests_that_wait_for_the_frame_limit_get_more_time() -> None:
    desk, requests = asked(*(Trades(f"A{n}/USDT") for n in range(1000)))
    assert len(requests) == 5
    desk.wait(5.0)
    assert len(desk.take_all()) == 1
    desk.wait(1.0)
    assert len(desk.take_all()) == 4


def test_leaving_is_acknowledged_and_late_events_are_dropped() -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"))
    desk.event("bnbbtc@trade", TRADE)
    desk.take(Trade)
    desk.submit(Unsubscribe((Trades("BNB/BTC"),)))
    (request,) = desk.requests()
    assert (request["method"], request["params"]) == ("UNSUBSCRIBE", ["bnbbtc@trade"])
    desk.event("bnbbtc@trade", TRADE)
    assert not desk.emitted
    desk.receive({"result": None, "id": request["id"]})
    assert desk.take(Withdrawn).channels == (Trades("BNB/BTC"),)
    desk.event("bnbbtc@trade", TRADE)
    assert not desk.emitted


@pytest.mark.parametrize("answer", [nested(2, "Invalid request"), None])
def test_leaving_ends_even_if_the_venue_refuses_or_says_nothing(answer: dict[str, Any] | None) -> None:
    desk = Desk()
    desk.subscribe(BTC)
    desk.unsubscribe(BTC)
    if answer is not None:
        desk.receive(answer)
    desk.wait(5)
    desk.take(Withdrawn)


def test_a_channel_can_be_taken_up_again() -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"))
    desk.unsubscribe(Trades("BNB/BTC"))
    desk.subscribe(Trades("BNB/BTC"))
    desk.event("bnbbtc@trade", TRADE)
    desk.take(Trade)


def test_listing_what_is_subscribed() -> None:
    desk = Desk()
    desk.submit(Request(7, ListSubscriptions()))
    (request,) = desk.requests()
    assert request == {"method": "LIST_SUBSCRIPTIONS", "id": request["id"]}
    desk.receive({"result": ["btcusdt@trade", "币安人生usdt@trade"], "id": request["id"]})
    assert desk.take(Answered) == Answered(request_id=7, result=("btcusdt@trade", "币安人生usdt@trade"))


@pytest.mark.parametrize("result", [5, {"a": 1}, [1]])
def test_an_unreadable_list_fails_the_request(result: Any) -> None:
    desk = Desk()
    desk.submit(Request(7, ListSubscriptions()))
    (request,) = desk.requests()
    desk.receive({"result": result, "id": request["id"]})
    assert isinstance(desk.take(Failed).error, Rejected)


def raw(method: str, key: int | str | None, *, given: bool = True, modifies: bool = False) -> RawOperation:
    payload = msgspec.json.encode({"method": method, "params": ["combined"], "id": key})
    return RawOperation(payload, key if given else None, modifies=modifies)


@pytest.mark.parametrize("key", [5, "abc", None])
@pytest.mark.parametrize("given", [True, False])
def test_a_raw_request_is_written_as_it_is_and_answered_raw(key: int | str | None, given: bool) -> None:
    desk, operation = Desk(), raw("GET_PROPERTY", key, given=given)
    desk.submit(Request(3, operation))
    assert desk.outputs() == [Frame(operation.payload)]
    answer = msgspec.json.encode({"result": True, "id": key})
    desk.receive(answer)
    assert desk.take(Answered) == Answered(request_id=3, result=answer)


def test_a_raw_request_is_refused_in_the_venues_words() -> None:
    desk = Desk()
    desk.submit(Request(3, raw("SET_PROPERTY", 5)))
    desk.receive(flat(0, "Unknown property", id=5))
    failed = desk.take(Failed)
    assert (failed.request_id, failed.error.code, str(failed.error)) == (3, "0", "Unknown property")


def test_a_raw_request_may_not_reuse_an_id_that_is_on_its_way() -> None:
    desk = Desk()
    desk.submit(Request(3, raw("GET_PROPERTY", 5)))
    desk.submit(Request(4, raw("GET_PROPERTY", 5)))
    failed = desk.take(Failed)
    assert failed.request_id == 4
    assert isinstance(failed.error, LocalProtocolError)
    assert len(desk.outputs()) == 1


def test_our_ids_avoid_those_of_raw_requests() -> None:
    desk = Desk()
    for key in range(1, 6):
        desk.submit(Request(key, raw("GET_PROPERTY", key)))
    desk.outputs()
    desk.submit(Subscribe((BTC,)))
    (request,) = desk.requests()
    assert request["id"] not in range(1, 6)


def test_an_unawaited_request_consumes_its_answer() -> None:
    desk = Desk()
    desk.submit(Request(3, raw("SET_PROPERTY", 5, modifies=True), awaited=False))
    desk.receive(flat(0, "Unknown property", id=5))
    desk.submit(Request(4, raw("SET_PROPERTY", 6), awaited=False))
    desk.wait(60)
    assert not desk.emitted
    assert desk.client.next_tick() is None


@pytest.mark.parametrize(("modifies", "kind"), [(False, RequestTimeout), (True, OutcomeUnknown)])
def test_an_unanswered_request_fails_at_its_deadline(modifies: bool, kind: type[TradewireError]) -> None:
    desk = Desk()
    desk.submit(Request(3, raw("SET_PROPERTY", 5, modifies=modifies), deadline=desk.now + 2 * SECOND))
    desk.wait(1.9)
    assert not desk.emitted
    desk.wait(0.1)
    assert isinstance(desk.take(Failed).error, kind)


def test_a_lost_connection_fails_requests_and_leaves_subscriptions_to_the_engine() -> None:
    desk = Desk()
    desk.submit(Subscribe((BTC,)))
    desk.submit(Request(1, ListSubscriptions()))
    desk.submit(Request(2, raw("SET_PROPERTY", 50, modifies=True)))
    desk.client.disconnected(desk.now, desk.emitted.append, LinkLost("reset by peer"))
    first, second = desk.take_all()
    assert isinstance(first, Failed)
    assert isinstance(first.error, LinkLost)
    assert isinstance(second, Failed)
    assert isinstance(second.error, OutcomeUnknown)
    assert "reset by peer" in str(second.error)


def test_operations_of_other_venues_are_refused() -> None:
    desk = Desk()
    desk.submit(Request(9, GetBalances()))
    assert isinstance(desk.take(Failed).error, Unsupported)
    assert desk.outputs() == []


def test_channels_of_other_venues_are_refused_and_the_rest_goes_on() -> None:
    desk = Desk()
    desk.submit(Subscribe((Balances(), Quotes("BTC/USDT"))))
    assert isinstance(desk.take(Denied).error, Unsupported)
    (request,) = desk.requests()
    assert request["params"] == ["btcusdt@bookTicker"]
