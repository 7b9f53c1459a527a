"""The entry point."""

from __future__ import annotations

import builtins
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from process import process

from tradewire.cli import main


def test_it_runs_as_a_module() -> None:
    with process("--version") as started:
        out, err = started.communicate(timeout=30)
    assert (started.returncode, err) == (0, "")
    assert out.startswith("tradewire ")


@pytest.mark.parametrize("missing", ["typer", "rich", "dotenv"])
def test_without_the_extra_it_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without(name: str, space: Mapping[str, Any] | None = None, *rest: Any) -> Any:
        if name == "tradewire.cli.app":
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return real(name, space, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert capsys.readouterr().err == f"the command needs {missing}: pip install 'tradewire[cli]'\n"


def test_another_missing_module_is_no_question_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def broken(
        name: str, space: Mapping[str, Any] | None = None, local: Any = None, names: Sequence[str] = (), level: int = 0
    ) -> Any:
        if name == "tradewire.cli.app":
            raise ModuleNotFoundError("No module named 'msgspec'", name="msgspec")
        return real(name, space, local, names, level)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(ModuleNotFoundError, match="msgspec"):
        main()


def test_ctrl_c_while_loading_is_130_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def interrupted(name: str, *rest: Any) -> Any:
        if name == "tradewire.cli.app":
            raise KeyboardInterrupt
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_what_only_verification_needs_is_not_loaded_for_all() -> None:
    program = "import sys, tradewire.cli.app; print(*(name for name in sys.modules if name.startswith('tradewire.cli.')))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "tradewire.cli.watch" in loaded
    assert not {"tradewire.cli.verification", "tradewire.cli.findings"}.intersection(loaded)
