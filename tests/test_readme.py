"""The README promises nothing that is not so: its programs and commands are run, its tables compared with the code."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from documents import README, ROOT, blocks, commands, rows
from programs import BAD, program, read_until

from tradewire.model.channels import Channel
from tradewire.sim import Simulator
from tradewire.venues.registry import venue_names, venue_spec
from tradewire.venues.spec import VenueSpec

NATIVE, BROKER, FIXTURE = range(3)
PROGRAMS = blocks(README, "python")
#: Commands that go on until they are stopped, and that are tried elsewhere because they take their time.
ENDLESS, ELSEWHERE = {"sim", "watch"}, {"demo"}


def simulated(scenario: Callable[[Simulator, dict[str, str]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Simulator() as sim, asyncio.timeout(55):
            places = {f"TRADEWIRE_{venue.upper()}_URL": sim.endpoints(venue).http for venue in sim.venues}
            await scenario(sim, {"TRADEWIRE_ENV": "sim"} | places)

    asyncio.run(run())


# -- programs --------------------------------------------------------------------------------------------------------------


def test_there_are_as_many_programs_as_are_run() -> None:
    assert len(PROGRAMS) == 3


@pytest.mark.parametrize(("number", "expected"), [(NATIVE, "Level(price=Decimal('64"), (BROKER, "FILLED 216.378")])
def test_programs(number: int, expected: str, tmp_path: Path) -> None:
    async def scenario(sim: Simulator, environment: dict[str, str]) -> None:
        path = tmp_path / "program.py"
        path.write_text(PROGRAMS[number].replace("ws://127.0.0.1:8701", sim.endpoints("theone").http.replace("http", "ws")))
        async with program(path, **environment) as process:
            text = await read_until(process, [expected])
            assert expected in text, text
            assert not [bad for bad in BAD if bad in text], text

    simulated(scenario)


def test_the_test_of_a_bot_passes(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(PROGRAMS[FIXTURE])
    code, text = asyncio.run(run(["pytest", "-q", "-p", "no:cacheprovider", "test_bot.py"], tmp_path, {}))
    assert code == 0, text
    assert "1 passed" in text


# -- commands --------------------------------------------------------------------------------------------------------------


async def run(arguments: list[str], folder: Path, environment: dict[str, str], *, stop: bool = False) -> tuple[int | None, str]:
    """Run ``python -m`` something, to its end or until it has said something; return exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", *arguments),
        cwd=folder,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    first = b""
    try:
        if stop:
            first = await process.stdout.readline()
            process.send_signal(signal.SIGINT)
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, (first + output).decode()


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be sent Ctrl-C there")
def test_commands_do_what_they_say(tmp_path: Path) -> None:
    async def scenario(sim: Simulator, environment: dict[str, str]) -> None:
        order = ""
        for words in commands(README):
            if words[0] in ELSEWHERE:
                continue
            arguments = [word.replace("ORDER_ID", order) for word in words]
            if words[0] == "sim":
                arguments += ["--port", "0"]
            code, text = await run(["tradewire", *arguments], tmp_path, environment, stop=words[0] in ENDLESS)
            assert code in ({0, 130} if words[0] in ENDLESS else {0}), f"{words}: {code} {text}"
            assert text
            if words[:2] == ["broker", "swap"]:
                found = re.search(r"(\S+) FILLED", text)
                assert found is not None
                order = found[1]

    simulated(scenario)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake (\w+)", "\n".join(blocks(README, "sh") + re.findall(r"`make \w+`", README.read_text()))))
    assert named >= {"demo", "test", "bench", "soak"}
    assert named <= targets


# -- tables ----------------------------------------------------------------------------------------------------------------


def venue_table() -> str:
    """What the specs say, as the README's table."""
    specs = [venue_spec(name) for name in venue_names()]
    channels: list[type[Channel]] = list(dict.fromkeys(channel for spec in specs for channel in spec.channels))

    def connections(spec: VenueSpec) -> str:
        return ", ".join(role.name + (" (private)" if role.private else "") for role in spec.roles.values())

    lines = [
        ["", *(spec.name for spec in specs)],
        ["---"] * (len(specs) + 1),
        ["environments", *(", ".join(spec.environments) for spec in specs)],
        ["connections", *map(connections, specs)],
        *([f"`{channel.__name__}`", *("yes" if channel in spec.channels else "" for spec in specs)] for channel in channels),
        ["REST calls", *(", ".join(f"`{name}`" for name in spec.rest) for spec in specs)],
        ["options", *(", ".join(f"`{name}`" for name in spec.options) for spec in specs)],
        ["keys from", *(", ".join(f"`{name}`" for name in spec.credential_variables) for spec in specs)],
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("|  |", "| |")


def test_the_table_of_venues_is_what_the_specs_say() -> None:
    assert f"<!-- venues -->\n\n{venue_table()}\n" in README.read_text()


def test_every_logger_is_listed() -> None:
    source = ROOT / "src" / "tradewire"
    texts = [path.read_text() for path in source.rglob("*.py") if "cli" not in path.relative_to(source).parts]
    names = {name for text in texts for name in re.findall(r'getLogger\(f?"([a-z.]+?)\.?(?:\{|")', text)}
    listed = {row[0].strip("`") for row in rows(README, "Logger")}
    assert names - {"tradewire.socket.picows"} == listed
