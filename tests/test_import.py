"""What ``import tradewire`` costs."""

from __future__ import annotations

import subprocess
import sys

#: Packages that only what uses them may load.
HEAVY = ("picows", "aiohttp", "msgspec", "rich", "typer", "reactivex", "cryptography", "asyncio")


def loaded_after(code: str) -> set[str]:
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in finished.stdout.split()}


def test_importing_tradewire_loads_nothing_heavy() -> None:
    assert loaded_after("import tradewire") & set(HEAVY) == set()


def test_simulating_loads_no_command_line_and_connecting_no_server() -> None:
    assert loaded_after("import tradewire; tradewire.sim.Simulator") & {"rich", "typer", "picows"} == set()
    assert loaded_after("import tradewire; tradewire.connect") & {"rich", "typer", "cryptography"} == set()


def test_the_pytest_plugin_loads_nothing_before_it_is_used() -> None:
    assert loaded_after("import tradewire.testing.plugin") & {"picows", "aiohttp", "msgspec"} == set()
