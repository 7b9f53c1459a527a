"""Answers find their own request, and never another one's."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import LocalProtocolError
from tradewire.model.time import SECOND
from tradewire.wire.correlation import Claim, Correlator, FifoCorrelator

DUE = 10 * SECOND


def test_an_answer_takes_its_request_once() -> None:
    correlator: Correlator[str] = Correlator()
    correlator.expect("a", 1, None)
    correlator.expect("b", 2, DUE)
    assert [correlator.take("b"), correlator.take("b"), correlator.take("x"), correlator.take("a")] == [2, None, None, 1]


def test_a_key_in_use_is_refused() -> None:
    correlator: Correlator[int] = Correlator()
    correlator.expect(7, 1, None)
    with pytest.raises(LocalProtocolError, match="7 is still unanswered"):
        correlator.expect(7, 2, None)
    assert correlator.take(7) == 1


def test_requests_expire_at_their_deadline_and_late_answers_find_nothing() -> None:
    correlator: Correlator[int] = Correlator()
    for key, deadline in ((1, 30), (2, 10), (3, None), (4, 20)):
        correlator.expect(key, key * 100, deadline)
    assert correlator.next_deadline() == 10
    assert correlator.expire(9) == []
    assert correlator.expire(20) == [200, 400]
    assert correlator.take(2) is None
    assert correlator.next_deadline() == 30
    assert correlator.drain() == [100, 300]
    assert correlator.drain() == []
    assert correlator.next_deadline() is None


def test_an_answer_goes_to_the_oldest_of_its_operation_and_channel() -> None:
    fifo = FifoCorrelator(pipelining=True)
    fifo.expect("subscribe", "balances", 1, DUE)
    fifo.expect("estimate", "", 2, DUE)
    fifo.expect("subscribe", "orders.1", 3, DUE)
    fifo.expect("estimate", "", 4, DUE)
    assert fifo.answer("subscribe", "orders.1") == Claim(3)
    assert fifo.answer("estimate", "") == Claim(2)
    assert fifo.answer("estimate", "") == Claim(4)
    assert fifo.answer("estimate", "") is None
    assert fifo.answer("subscribe", "") is None
    assert fifo.answer("subscribe", "balances") == Claim(1)


def test_one_awaited_request_at_a_time() -> None:
    fifo = FifoCorrelator()
    assert fifo.may_send("estimate")
    fifo.expect("estimate", "", 1, DUE)
    assert not fifo.may_send("estimate")
    assert not fifo.may_send("balances")
    assert fifo.may_send("subscribe", awaited=False)
    fifo.answer("estimate", "")
    assert fifo.may_send("balances")


def test_pipelining_sends_at_once() -> None:
    fifo = FifoCorrelator(pipelining=True)
    fifo.expect("estimate", "", 1, DUE)
    assert fifo.may_send("estimate")


def test_an_unawaited_request_holds_back_awaited_ones_of_its_operation_only() -> None:
    fifo = FifoCorrelator()
    fifo.expect("subscribe", "balances", 1, DUE, awaited=False)
    assert fifo.may_send("subscribe", awaited=False)
    assert not fifo.may_send("subscribe")
    assert fifo.may_send("balances")


def test_unawaited_requests_consume_their_own_answers_and_errors() -> None:
    fifo = FifoCorrelator()
    fifo.expect("subscribe", "balances", 1, DUE, awaited=False)
    fifo.expect("balances", "", 2, DUE)
    assert fifo.error("", "") == Claim(1, guessed=True)
    assert fifo.error("", "") == Claim(2)
    assert fifo.error("", "") is None


@pytest.mark.parametrize(
    ("op", "ch", "expected"),
    [
        ("", "", Claim(1, guessed=True)),
        ("swap", "", Claim(2)),
        ("subscribe", "", Claim(1, guessed=True)),
        ("subscribe", "b", Claim(3)),
        ("", "b", Claim(3)),
        ("order_status", "", None),
    ],
)
def test_an_error_goes_to_the_oldest_that_agrees_with_what_it_names(op: str, ch: str, expected: Claim | None) -> None:
    fifo = FifoCorrelator(pipelining=True)
    fifo.expect("subscribe", "a", 1, DUE)
    fifo.expect("swap", "", 2, DUE)
    fifo.expect("subscribe", "b", 3, DUE)
    assert fifo.error(op, ch) == expected


def test_a_late_answer_is_dropped_and_its_successor_waits_for_that() -> None:
    fifo = FifoCorrelator(grace=5)
    fifo.expect("balances", "", 1, DUE)
    assert fifo.next_deadline() == DUE
    assert fifo.expire(DUE) == [1]
    assert fifo.expire(DUE + 1) == []
    assert not fifo.may_send("balances")
    assert fifo.may_send("estimate")
    assert fifo.answer("balances", "") == Claim(1, late=True)
    assert fifo.may_send("balances")
    assert fifo.next_deadline() is None


def test_a_late_error_is_not_the_successor_s() -> None:
    """A swap that was executed must never be reported as refused."""
    fifo = FifoCorrelator(grace=5)
    fifo.expect("balances", "", 1, DUE)
    fifo.expire(DUE)
    fifo.expect("swap", "", 2, 2 * DUE)
    assert fifo.error("", "") == Claim(1, late=True, guessed=True)
    assert fifo.error("", "") == Claim(2)


@pytest.mark.parametrize("awaited", [True, False])
def test_after_the_grace_the_connection_is_of_no_more_use(awaited: bool) -> None:
    """The answer may still come, and would be taken for the next one's."""
    fifo = FifoCorrelator(grace=5)
    fifo.expect("swap", "", 1, DUE, awaited=awaited)
    fifo.expire(DUE)
    end = DUE + 5 * SECOND
    assert fifo.next_deadline() == end
    assert fifo.overdue(end - 1) is None
    assert fifo.overdue(end) == "swap"
    assert not fifo.may_send("swap")
    assert fifo.answer("swap", "") == Claim(1, late=True)
    assert fifo.overdue(end) is None


def test_with_pipelining_too_a_late_answer_holds_back_its_operation() -> None:
    fifo = FifoCorrelator(pipelining=True)
    fifo.expect("swap", "", 1, DUE)
    fifo.expire(DUE)
    assert not fifo.may_send("swap")
    assert fifo.may_send("estimate")


def test_a_lost_connection_fails_all_that_have_not_timed_out() -> None:
    fifo = FifoCorrelator(pipelining=True)
    fifo.expect("swap", "", 1, DUE)
    fifo.expect("subscribe", "balances", 2, None, awaited=False)
    fifo.expect("swap", "", 3, 2 * DUE)
    fifo.expire(DUE)
    assert fifo.drain() == [2, 3]
    assert fifo.drain() == []
    assert fifo.may_send("swap")


OPERATIONS = ["balances", "estimate", "swap"]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("send"), st.sampled_from(OPERATIONS), st.booleans()),
            st.tuples(st.just("serve"), st.booleans(), st.booleans()),
            st.tuples(st.just("wait"), st.integers(1, 14), st.booleans()),
        ),
        max_size=60,
    )
)
def test_no_request_ever_gets_another_one_s_answer(steps: list[tuple[str, str | int, bool]]) -> None:
    """A venue that answers in order, however late, with answers and bare errors mixed."""
    fifo = FifoCorrelator(grace=5)
    at_venue: deque[tuple[int, str]] = deque()
    now, number, failed = 0, 0, set[int]()
    for step, value, flag in steps:
        if step == "send" and fifo.may_send(str(value), awaited=flag):
            number += 1
            fifo.expect(str(value), "", number, now + DUE, awaited=flag)
            at_venue.append((number, str(value)))
        elif step == "serve" and at_venue:
            request, op = at_venue.popleft()
            claim = fifo.error("", "") if value else fifo.answer(op, "")
            assert claim is not None
            assert claim.request_id == request
            assert claim.late is (request in failed)
        elif step == "wait":
            now += int(value) * SECOND
            failed.update(fifo.expire(now))
            if fifo.overdue(now):
                return
