"""Dead links are cut in time, living ones never, and silent channels are named once."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.channels import Channel, Trades
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.wire.liveness import NOTHING, Action, Cadence, Cut, Liveness, SendPing

START = 1_700_000_000 * SECOND
BTC, ETH = Trades("BTC/USDT"), Trades("ETH/USDT")


def make(
    ping_every: float | None = 20.0, pong_within: float = 10.0, *, any_frame: bool = False, silence: float | None = None
) -> Liveness:
    return Liveness(ping_every=ping_every, pong_within=pong_within, any_frame=any_frame, silence=silence, now=START)


def watch(
    liveness: Liveness, until: Nanos, *, late: Nanos = 0, on: Callable[[Action, Nanos], None] | None = None
) -> list[tuple[float, Action]]:
    """Check whenever it is wanted, up to a moment or a cut; return what was done and when (seconds from the start)."""
    done: list[tuple[float, Action]] = []
    while (due := liveness.next_check()) is not None and due + late <= until:
        now = due + late
        action = liveness.check(now)
        if action != NOTHING:
            done.append(((now - START) / SECOND, action))
        if isinstance(action, Cut):
            break
        if on is not None:
            on(action, now)
    return done


def test_a_link_that_answers_is_pinged_in_rhythm() -> None:
    liveness = make()

    def answer(action: Action, now: Nanos) -> None:
        if isinstance(action, SendPing):
            liveness.pong(action.payload, now + 30 * MILLISECOND)

    done = watch(liveness, START + 65 * SECOND, on=answer)
    assert [(at, type(action)) for at, action in done] == [(20, SendPing), (40, SendPing), (60, SendPing)]
    assert len({action for _, action in done}) == 3, "each ping has its own payload"


def test_a_link_that_does_not_answer_is_cut_ten_seconds_after_the_ping() -> None:
    (_, ping), (at, cut) = watch(make(), START + 90 * SECOND)
    assert isinstance(ping, SendPing)
    assert at == 30
    assert cut == Cut("no answer to a ping within 10 s")


def test_data_answers_a_ping_only_where_any_frame_does() -> None:
    for any_frame in (False, True):
        liveness = make(any_frame=any_frame)

        def chatter(action: Action, now: Nanos, liveness: Liveness = liveness) -> None:
            liveness.received(now + MILLISECOND)

        done = watch(liveness, START + 59 * SECOND, on=chatter)
        assert any(isinstance(action, Cut) for _, action in done) is not any_frame


@pytest.mark.parametrize("payload", [b"", b"0", b"2", b"nonsense", b"-1", "٣".encode(), b"\xff"])
def test_a_pong_nobody_asked_for_answers_nothing(payload: bytes) -> None:
    liveness = make()
    assert liveness.check(START + 20 * SECOND) == SendPing(b"1")
    liveness.pong(payload, START + 21 * SECOND)
    assert isinstance(watch(liveness, START + 60 * SECOND)[-1][1], Cut)


def test_silence_is_broken_by_any_frame_and_cut_without() -> None:
    liveness = make(ping_every=None, silence=60)
    assert watch(liveness, START + 59 * SECOND) == []
    liveness.received(START + 59 * SECOND)
    ((at, cut),) = watch(liveness, START + 300 * SECOND)
    assert at == 119
    assert cut == Cut("not a single frame for 60.0 s")


def test_a_link_without_rules_is_never_checked() -> None:
    assert make(ping_every=None).next_check() is None


@pytest.mark.parametrize("stopped_at", [0, 19.9, 20.5, 25, 29.9])
@pytest.mark.parametrize("seconds", [3.1, 5.2, 9.9, 10.4, 30.5, 60, 3600])
@pytest.mark.parametrize(("ping_every", "silence"), [(20, None), (None, 30), (20, 30)])
def test_a_process_that_was_stopped_waits_before_it_cuts(
    stopped_at: float, seconds: float, ping_every: float | None, silence: float | None
) -> None:
    """Whatever it missed may wait unread in the socket; yet a link that is dead indeed is cut in the end."""
    liveness = make(ping_every, silence=silence)
    watch(liveness, START + int(stopped_at * SECOND))
    woken = int((stopped_at + seconds) * SECOND)
    due = liveness.next_check()
    assert due is not None
    at, action = max(START + woken, due), liveness.check(max(START + woken, due))
    assert not isinstance(action, Cut)
    if ping_every is not None and stopped_at + seconds > 22:
        assert isinstance(action, SendPing)
    cut_at, cut = watch(liveness, at + 100 * SECOND)[-1]
    assert isinstance(cut, Cut)
    assert 30 <= cut_at <= stopped_at + seconds + 30
    if seconds > 9:
        assert cut_at >= stopped_at + seconds + 5


def test_after_a_stop_the_answer_to_the_old_ping_is_not_the_answer_to_the_new_one() -> None:
    liveness = make()
    assert liveness.check(START + 20 * SECOND) == SendPing(b"1")
    assert liveness.check(START + 80 * SECOND) == SendPing(b"2")
    liveness.pong(b"1", START + 80 * SECOND)
    assert isinstance(watch(liveness, START + 200 * SECOND)[-1][1], Cut)


def test_without_pings_a_stopped_process_waits_for_frames_before_it_cuts() -> None:
    liveness = make(ping_every=None, silence=60)
    assert liveness.check(START + 600 * SECOND) == NOTHING
    ((at, cut),) = watch(liveness, START + 9000 * SECOND)
    assert at == 610
    assert isinstance(cut, Cut)


@given(
    stop=st.integers(0, 60 * SECOND),
    length=st.integers(0, 120 * SECOND),
    trip=st.integers(0, 4 * SECOND),
    jitter=st.integers(0, 200 * MILLISECOND),
    any_frame=st.booleans(),
)
def test_a_living_link_survives_any_stop(stop: int, length: int, trip: int, jitter: int, any_frame: bool) -> None:
    """The venue answers each ping after ``trip``; while stopped, and for a second after, nothing is read or checked in time."""
    liveness = make(any_frame=any_frame, silence=25)
    asleep = range(START + stop, START + stop + length)
    answers: list[tuple[Nanos, bytes]] = []
    now = START
    while now < START + 240 * SECOND:
        due = liveness.next_check()
        assert due is not None
        now = max(now, due + jitter)
        if now in asleep:
            now = asleep.stop
        readable = [
            (at, payload)
            for at, payload in answers
            if at <= now and not asleep.start <= at < asleep.stop <= now < asleep.stop + SECOND
        ]
        for at, payload in readable:
            answers.remove((at, payload))
            liveness.pong(payload, max(at, asleep.stop if at in asleep else at))
        action = liveness.check(now)
        assert not isinstance(action, Cut)
        if isinstance(action, SendPing):
            answers.append((now + trip, action.payload))


class Counters(dict[Channel, int]):
    def __missing__(self, channel: Channel) -> int:
        return 0


def test_a_silent_channel_is_reported_once_until_it_speaks_again() -> None:
    counts = Counters()
    cadence = Cadence(counts.__getitem__)
    cadence.expect(BTC, 10, START)
    cadence.expect(ETH, 1000, START)
    found = sample(cadence, START + 60 * SECOND)
    assert found == [(10.0, BTC, 10.0)]
    counts[BTC] += 1
    found = sample(cadence, START + 120 * SECOND)
    assert [(channel, silent) for _, channel, silent in found] == [(BTC, 10.0)]


def sample(cadence: Cadence, until: Nanos) -> list[tuple[float, Channel, float]]:
    found: list[tuple[float, Channel, float]] = []
    while (due := cadence.next_check()) is not None and due <= until:
        found += [((due - START) / SECOND, channel, silent) for channel, silent in cadence.overdue(due)]
    return found


@given(st.lists(st.integers(0, 25 * SECOND), max_size=20))
def test_silence_is_found_within_one_and_a_half_times_the_allowed_time(waits: list[int]) -> None:
    """And no channel is reported that spoke within the allowed time."""
    counts = Counters()
    cadence = Cadence(counts.__getitem__)
    cadence.expect(BTC, 10, START)
    spoke = now = START
    for wait in [*waits, 30 * SECOND]:
        found = []
        while (due := cadence.next_check()) is not None and due <= spoke + wait:
            now = due
            found += [(now, silent) for _, silent in cadence.overdue(now)]
        for at, silent in found:
            assert at - spoke >= 10 * SECOND
            assert silent <= (at - spoke) / SECOND
        assert len(found) == (1 if wait >= 15 * SECOND else len(found) if wait >= 10 * SECOND else 0)
        spoke += wait
        counts[BTC] += 1


def test_time_in_which_nobody_looked_is_not_silence() -> None:
    cadence = Cadence(Counters().__getitem__)
    cadence.expect(BTC, 10, START)
    assert cadence.overdue(START + 600 * SECOND) == []
    assert cadence.overdue(START + 605 * SECOND) == [(BTC, 605.0)]


def test_other_signs_of_life_count_and_forgotten_channels_do_not() -> None:
    cadence = Cadence(Counters().__getitem__)
    cadence.expect(BTC, 10, START)
    cadence.data(ETH, START)
    cadence.data(BTC, START + 9 * SECOND)
    assert sample(cadence, START + 18 * SECOND) == []
    cadence.forget(BTC)
    cadence.forget(BTC)
    assert cadence.next_check() is None
    assert cadence.overdue(START + 900 * SECOND) == []
