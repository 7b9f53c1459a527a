"""From a venue's name and options to a gateway: what is possible, and what is said when it is not."""

from __future__ import annotations

from typing import Any

import pytest
from toy_venue import ToySpec

import tradewire
from tradewire import ConfigurationError, Endpoints
from tradewire.engine.connect import _endpoints

BINANCE_LIKE = Endpoints("https://api.example", {"feed": "wss://stream.example:9443/stream"})


class Spec(ToySpec):
    environments = {"live": BINANCE_LIKE, "sim": Endpoints("http://127.0.0.1:7", {"feed": "ws://127.0.0.1:7/stream"})}
    published_account = ("published-key", "published-secret")
    options = {"depth": 5}


@pytest.mark.parametrize(
    ("given", "http", "feed"),
    [
        (None, "https://api.example", "wss://stream.example:9443/stream"),
        ("http://127.0.0.1:99", "http://127.0.0.1:99", "ws://127.0.0.1:99/stream"),
        ("ws://127.0.0.1:99/other/path", "http://127.0.0.1:99", "ws://127.0.0.1:99/other/path"),
        ("wss://example.org/", "https://example.org", "wss://example.org/stream"),
        ({"feed": "ws://127.0.0.1:5/x"}, "http://127.0.0.1:5", "ws://127.0.0.1:5/x"),
        ({"http": "http://127.0.0.1:6"}, "http://127.0.0.1:6", "wss://stream.example:9443/stream"),
        (Endpoints("http://a", {"feed": "ws://b"}), "http://a", "ws://b"),
    ],
)
def test_endpoints_can_be_given_whole_in_part_or_as_one_url(given: Any, http: str, feed: str) -> None:
    places = _endpoints(Spec(), "live", given)
    assert (places.http, places.ws["feed"]) == (http, feed)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"env": "mainnet"}, "no environment 'mainnet'; it has: live, sim"),
        ({"endpoints": {"fead": "ws://x"}}, "no endpoint 'fead'; it has: http, feed"),
        ({"endpoints": "localhost:8702"}, "is no URL"),
        ({"dept": 3}, "no option 'dept'; it has: depth"),
        ({"proxy": "socks5://user:pass@127.0.0.1:1080"}, "must be an http:// or https:// URL, not socks5$"),
        ({"proxy": "127.0.0.1:8080"}, "must be an http:// or https:// URL"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_possible(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        tradewire.connect(Spec(), **options)


def test_a_variable_moves_a_venue_unless_the_argument_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TRADEWIRE_{Spec.name.upper()}_URL", "http://127.0.0.1:99")
    assert tradewire.connect(Spec())._options.endpoints.ws["feed"] == "ws://127.0.0.1:99/stream"
    assert tradewire.connect(Spec(), endpoints="http://127.0.0.1:5")._options.endpoints.http == "http://127.0.0.1:5"


def test_an_unknown_venue_is_answered_with_the_installed_ones() -> None:
    with pytest.raises(tradewire.UnknownVenue, match=r"installed: .*binance.*theone"):
        tradewire.connect("binanse")


def test_keys_come_from_the_environment_and_in_sim_from_the_published_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOY_KEY", "TOY_SECRET", "TRADEWIRE_ENV"):
        monkeypatch.delenv(name, raising=False)
    assert tradewire.connect(Spec())._options.credentials is None
    monkeypatch.setenv("TRADEWIRE_ENV", "sim")
    published = tradewire.connect(Spec())._options.credentials
    assert published is not None
    assert published.key == "published-key"
    monkeypatch.setenv("TOY_KEY", "mine")
    with pytest.raises(ConfigurationError, match="TOY_KEY is set but TOY_SECRET is not"):
        tradewire.connect(Spec())
    monkeypatch.setenv("TOY_SECRET", "hidden")
    mine = tradewire.connect(Spec())._options.credentials
    assert mine is not None
    assert mine.key == "mine"
    assert "hidden" not in repr(mine)


def test_the_base_url_that_a_venues_documents_name_counts_for_live_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithUrl(Spec):
        credential_variables = ("TOY_KEY", "TOY_SECRET", "TOY_URL")

    monkeypatch.setenv("TOY_URL", "https://partner.example/")
    assert tradewire.connect(WithUrl(), env="live")._options.endpoints.ws["feed"] == "wss://partner.example/stream"
    assert tradewire.connect(WithUrl(), env="sim")._options.endpoints.ws["feed"] == "ws://127.0.0.1:7/stream"
