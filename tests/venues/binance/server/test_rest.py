"""REST: bodies, headers, weights, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tradewire.model.time import MILLISECOND

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig

MS = 1_700_000_000_000
OVER = (
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)


def test_the_listen_key_is_gone(rig: Rig) -> None:
    for method in ("POST", "PUT", "DELETE"):
        response = rig.get("/api/v3/userDataStream", method=method)
        assert (response.status, response.headers["Content-Type"]) == (410, "text/html")
        assert response.body.startswith(b"<html>")


@pytest.mark.parametrize(("method", "target"), [("GET", "/api/v1/depth"), ("POST", "/api/v3/depth"), ("GET", "/")])
def test_other_paths_are_not_found(rig: Rig, method: str, target: str) -> None:
    assert rig.get(target, method=method).status == 404


def exhaust(rig: Rig) -> None:
    for _ in range(24):
        assert rig.get("/api/v3/depth?symbol=BTCUSDT&limit=5000").status == 200


def test_too_much_weight_is_refused_until_the_minute_ends(rig: Rig) -> None:
    exhaust(rig)
    response = rig.get("/api/v3/ping")
    assert (response.status, json.loads(response.body)) == (429, {"code": -1003, "msg": OVER})
    assert response.headers["Retry-After"] == "40"
    rig.advance(40)
    assert rig.get("/api/v3/ping").status == 200


def test_who_does_not_stop_is_banned_longer_each_time(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(weight_limit=1, ban_after=2)
    for ban in (120, 240):
        statuses = [rig.get("/api/v3/ping").status for _ in range(4)]
        assert statuses == [200, 429, 429, 418]
        response = rig.get("/api/v3/ping")
        until = rig.now // MILLISECOND + ban * 1000
        assert (response.status, response.headers["Retry-After"]) == (418, str(ban))
        assert json.loads(response.body)["msg"] == (
            f"Way too much request weight used; IP banned until {until}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
        rig.advance(ban)
