"""Fault scripts: what they may say, and what they answer to nonsense."""

import json
from pathlib import Path

import pytest

from tradewire.errors import ConfigurationError
from tradewire.sim import fault_kinds as kinds
from tradewire.sim.fault_kinds import Fault
from tradewire.sim.faults import FAULTS, FaultScript, parse_faults


def test_a_script_is_lines_of_json() -> None:
    text = """
    # the morning
    {"at": 5, "venue": "binance", "fault": "drop"}

    {"at": 8.5, "venue": "theone", "connection": 2, "fault": "half_open"}
    {"fault": "gap", "match": "@depth", "count": 3}
    {"fault": "close", "code": 1000}
    """
    assert parse_faults(text, source="script") == (
        kinds.Drop(at=5.0, venue="binance"),
        kinds.HalfOpen(at=8.5, venue="theone", connection=2),
        kinds.Gap(match="@depth", count=3),
        kinds.CloseConnection(code=1000),
    )


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_can_be_written_down(name: str) -> None:
    needed = {"seconds": 1.5, "name": "any"}
    arguments = {key: value for key, value in needed.items() if key in FAULTS[name].__struct_fields__}
    (fault,) = parse_faults(json.dumps({"at": 1, "fault": name, **arguments}), source="script")
    assert type(fault) is FAULTS[name]
    assert fault.at == 1.0


def test_all_the_trouble_of_the_design_has_a_name() -> None:
    promised = {
        *("drop", "half_open", "mute", "delay", "duplicate", "reorder", "gap", "bad_checksum", "malformed", "refuse_login"),
        *("late_login", "expired_token", "http_status", "lost_ack", "restart", "slow_reader", "refuse_connect"),
        *("shutdown_notice", "reset", "stall"),
    }
    assert promised <= set(FAULTS)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"fault": "drp"}', "script, line 2: there is no fault 'drp'; the faults are bad_checksum, "),
        ('{"at": 3}', "script, line 2: there is no fault None"),
        ('{"fault": "drop", "whom": 1}', "script, line 2: .*unknown field `whom`; drop takes at, venue, connection$"),
        ('{"fault": "delay"}', "script, line 2: .*missing required field `seconds`; delay takes"),
        ('{"fault": "delay", "seconds": "long"}', r"script, line 2: Expected `float`, got `str` - at `\$.seconds`"),
        ('{"fault": "drop"', "script, line 2: not a JSON object"),
        ("[]", "script, line 2: not a JSON object"),
    ],
)
def test_nonsense_is_refused_with_the_line_and_the_remedy(line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        parse_faults('{"fault": "drop"}\n' + line, source="script")


@pytest.fixture
def happened() -> list[Fault]:
    return []


@pytest.fixture
def script(happened: list[Fault]) -> FaultScript:
    return FaultScript(happened.append, ("binance", "theone"))


def test_methods_and_lines_say_the_same(script: FaultScript, happened: list[Fault]) -> None:
    script.drop_connection()
    script.reset_connection(2)
    script.close_connection(1000, "bye", venue="binance")
    script.half_open(venue="theone")
    script.stall(0.5, direction="out")
    script.delay(0.2)
    script.slow_reader(64)
    script.mute(3, what="pongs")
    script.gap("@depth", count=2)
    script.duplicate()
    script.reorder()
    script.lose_answers("swap")
    script.malformed("[")
    script.refuse_connections(3, status=503)
    script.restart("binance", down_for=2)
    script.http_status(429, retry_after=5)
    script.shutdown_notice(4)
    script.heal()
    lines = """
    {"fault": "drop"}
    {"fault": "reset", "connection": 2}
    {"fault": "close", "code": 1000, "reason": "bye", "venue": "binance"}
    {"fault": "half_open", "venue": "theone"}
    {"fault": "stall", "seconds": 0.5, "direction": "out"}
    {"fault": "delay", "seconds": 0.2}
    {"fault": "slow_reader", "bytes_per_second": 64}
    {"fault": "mute", "seconds": 3, "what": "pongs"}
    {"fault": "gap", "match": "@depth", "count": 2}
    {"fault": "duplicate"}
    {"fault": "reorder"}
    {"fault": "lost_ack", "match": "swap"}
    {"fault": "malformed", "payload": "["}
    {"fault": "refuse_connect", "count": 3, "status": 503}
    {"fault": "restart", "venue": "binance", "down_for": 2}
    {"fault": "http_status", "status": 429, "retry_after": 5}
    {"fault": "shutdown_notice", "after": 4}
    {"fault": "heal"}
    """
    assert happened == list(parse_faults(lines, source="lines"))


def test_a_file_is_read_and_counted(script: FaultScript, happened: list[Fault], tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    path.write_text('{"fault": "drop"}\n{"fault": "reset"}\n')
    assert script.load(path) == 2
    assert happened == [kinds.Drop(), kinds.Reset()]
    with pytest.raises(ConfigurationError, match=r"cannot be read: .*absent"):
        script.load(tmp_path / "absent")


def test_nothing_happens_where_one_line_is_wrong(script: FaultScript, happened: list[Fault]) -> None:
    with pytest.raises(ConfigurationError, match="no venue 'kraken' is simulated here; there is binance, theone"):
        script.read('{"fault": "drop"}\n{"fault": "drop", "venue": "kraken"}')
    assert happened == []
