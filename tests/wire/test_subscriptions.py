"""The ledger knows who wants what, and replays exactly that."""

from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.channels import Balances, Channel, Trades
from tradewire.wire.subscriptions import Ledger, SubscriptionState

BTC, ETH, BALANCES = Trades("BTC/USDT"), Trades("ETH/USDT"), Balances()
CHANNELS: list[Channel] = [BTC, ETH, BALANCES]


def test_only_the_first_wish_is_sent_and_only_the_last_one_withdrawn() -> None:
    ledger = Ledger()
    assert [ledger.want(BTC), ledger.want(BTC), ledger.want(Trades("BTC/USDT"))] == [True, False, False]
    assert [ledger.release(BTC), ledger.release(BTC), ledger.release(BTC)] == [False, False, True]
    assert ledger.release(BTC) is False
    assert ledger.state(BTC) is SubscriptionState.ENDED


def test_the_life_of_an_acknowledged_subscription() -> None:
    ledger = Ledger()
    states = [ledger.state(BTC)]
    for step in (
        lambda: ledger.want(BTC),
        lambda: ledger.sent([BTC]),
        lambda: ledger.data(BTC),
        lambda: ledger.confirmed([BTC]),
        ledger.lost,
        lambda: ledger.sent([BTC]),
        lambda: ledger.release(BTC),
    ):
        step()
        states.append(ledger.state(BTC))
    assert [str(state) for state in states] == [
        "ended",
        "wanted",
        "pending",
        "pending",
        "confirmed",
        "wanted",
        "pending",
        "ended",
    ]


def test_first_data_confirms_where_the_venue_acknowledges_nothing() -> None:
    ledger = Ledger()
    ledger.want(BTC)
    ledger.sent([BTC])
    ledger.confirmed([BTC], unconfirmed=True)
    assert ledger.state(BTC) is SubscriptionState.UNCONFIRMED
    ledger.data(BTC)
    assert ledger.state(BTC) is SubscriptionState.CONFIRMED
    ledger.confirmed([BTC], unconfirmed=True)
    assert ledger.state(BTC) is SubscriptionState.CONFIRMED, "nothing is less certain than data"


def test_a_refusal_ends_all_wishes_and_is_not_repeated_on_reconnect() -> None:
    ledger = Ledger()
    ledger.want(BTC)
    ledger.want(BTC)
    ledger.want(ETH)
    ledger.refused(BTC)
    ledger.lost()
    assert ledger.replay() == (ETH,)
    assert ledger.state(BTC) is SubscriptionState.REFUSED
    assert ledger.release(BTC) is False
    assert ledger.want(BTC) is True
    assert ledger.state(BTC) is SubscriptionState.WANTED
    ledger.release(BTC)
    assert ledger.state(BTC) is SubscriptionState.ENDED


def test_news_about_an_ended_subscription_is_ignored() -> None:
    ledger = Ledger()
    ledger.sent([BTC])
    ledger.confirmed([BTC])
    ledger.confirmed([BTC], unconfirmed=True)
    ledger.data(BTC)
    ledger.refused(BTC)
    assert ledger.state(BTC) is SubscriptionState.ENDED


def test_replay_keeps_the_order_of_first_wishes() -> None:
    ledger = Ledger()
    for channel in (BTC, ETH, BALANCES, BTC):
        ledger.want(channel)
    ledger.release(ETH)
    ledger.want(ETH)
    ledger.lost()
    assert ledger.replay() == (BTC, BALANCES, ETH)


@given(
    st.lists(st.tuples(st.sampled_from(["want", "release", "refused", "lost", "sent", "confirmed"]), st.sampled_from(CHANNELS)))
)
def test_what_is_replayed_is_what_is_wanted(steps: list[tuple[str, Channel]]) -> None:
    ledger = Ledger()
    holders = dict.fromkeys(CHANNELS, 0)
    for step, channel in steps:
        match step:
            case "want":
                assert ledger.want(channel) is (holders[channel] == 0)
                holders[channel] += 1
            case "release":
                assert ledger.release(channel) is (holders[channel] == 1)
                holders[channel] = max(0, holders[channel] - 1)
            case "refused":
                ledger.refused(channel)
                holders[channel] = 0
            case "lost":
                ledger.lost()
                assert all(ledger.state(wanted) is SubscriptionState.WANTED for wanted in ledger.replay())
            case _:
                getattr(ledger, step)([channel])
        assert set(ledger.replay()) == {wanted for wanted, count in holders.items() if count}
