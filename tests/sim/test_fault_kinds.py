"""Faults do what they say to what they are given; whole venues are in test_server.py."""

from typing import Any

import pytest

from tradewire.errors import ConfigurationError
from tradewire.sim.fault_kinds import (
    BadChecksum,
    ExpiredToken,
    Heal,
    HttpStatus,
    LateLogin,
    RefuseConnect,
    RefuseLogin,
    Restart,
    ServerFault,
    ShutdownNotice,
    Switch,
    VenueFault,
)


class Server:
    """Notes what is done to it; it has the switches named."""

    name = "noted"

    def __init__(self, *switches: str) -> None:
        self.switches = switches
        self.done: list[Any] = []

    def restart(self, down_for: float) -> None:
        self.done.append(("restart", down_for))

    def refuse_upgrades(self, count: int, status: int | None) -> None:
        self.done.append(("upgrades", count, status))

    def refuse_requests(self, count: int, status: int, retry_after: int) -> None:
        self.done.append(("requests", count, status, retry_after))

    def arm(self, name: str, value: Any) -> bool:
        if name not in self.switches:
            return False
        self.done.append((name, value))
        return True

    def heal(self) -> None:
        self.done.append("heal")


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        (Restart(down_for=2.0), ("restart", 2.0)),
        (RefuseConnect(count=2, status=503), ("upgrades", 2, 503)),
        (HttpStatus(status=418, count=3, retry_after=4), ("requests", 3, 418, 4)),
        (Heal(), "heal"),
    ],
)
def test_faults_of_the_whole_venue(fault: ServerFault, done: object) -> None:
    server = Server()
    fault.strike(server)
    assert server.done == [done]


@pytest.mark.parametrize(
    ("fault", "switch", "value"),
    [
        (HttpStatus(status=429), "refuse_rest", {"status": 429, "count": 1, "retry_after": 1}),
        (ShutdownNotice(after=2.0), "shut_down", {"after": 2.0}),
        (RefuseLogin(text="no"), "refuse_login", "no"),
        (LateLogin(seconds=3.0), "login_delay", 3.0),
        (ExpiredToken(), "expire_token", {}),
        (BadChecksum(count=2), "break_checksum", {"count": 2}),
        (Switch(name="any", value=[1]), "any", [1]),
    ],
)
def test_faults_of_the_protocol_turn_the_venue_s_switches(fault: VenueFault, switch: str, value: object) -> None:
    server = Server(switch)
    fault.strike(server)
    assert server.done == [(switch, value)]
    if not isinstance(fault, HttpStatus):
        with pytest.raises(ConfigurationError, match=f"noted cannot do the fault .*no switch {switch}"):
            fault.strike(Server())
