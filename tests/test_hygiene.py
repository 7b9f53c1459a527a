"""House rules that no linter knows."""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tradewire

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tradewire"
TESTS = ROOT / "tests"
FOLDERS = [ROOT / name for name in ("src", "compat", "tests", "examples", "benchmarks", "docs")]

#: Modules without a test module of their own, and why.
WITHOUT_TESTS = {
    "venues/backend.py": "declarations only: an interface and plain values",
    "venues/spec.py": "declarations only: an interface and plain values",
}

#: Imports every module in a fresh process and prints those that touched the network or started a thread.
IMPORT_ALL = """
import importlib, json, sys, threading
found = {}
def watch(event, arguments):
    if event in {"socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo"}:
        found.setdefault(name, event)
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
    if threading.active_count() > 1:
        found.setdefault(name, "thread")
print(json.dumps(found))
"""


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def module_names() -> list[str]:
    return [
        found.name for found in pkgutil.walk_packages(tradewire.__path__, "tradewire.") if not found.name.endswith("__main__")
    ]


def test_nothing_is_left_to_be_done() -> None:
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
    files = [path for folder in FOLDERS for ending in ("*.py", "*.md", "*.toml") for path in folder.rglob(ending)]
    assert [named(path) for path in files if marks.search(path.read_text())] == []


def test_only_the_command_prints() -> None:
    files = [path for path in python_files(SOURCE, ROOT / "compat") if SOURCE / "cli" not in path.parents]
    printing = [
        f"{named(path)}:{call.lineno}"
        for path in files
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id in {"print", "input"}
    ]
    assert printing == []


def sleeps(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
            return True
        case ast.Attribute(value=ast.Name(id="asyncio"), attr="sleep"):
            return not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)
        case _:
            return False


def test_no_test_sleeps() -> None:
    """Time in tests is manual; ``asyncio.sleep(0)`` gives others a turn."""
    assert [f"{named(path)}:{call.lineno}" for path in python_files(TESTS) for call in calls(path) if sleeps(call)] == []


def sources_to_test() -> list[Path]:
    """Every module but the ``__init__`` files that only gather names."""
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [
        path
        for path in python_files(SOURCE)
        if path.name != "__init__.py" or any(isinstance(node, definitions) for node in ast.parse(path.read_text()).body)
    ]


def mirror_of(path: Path) -> Path:
    relative = path.relative_to(SOURCE)
    return TESTS / relative.with_name(f"test_{relative.stem.strip('_')}.py")


@pytest.mark.parametrize("path", sources_to_test(), ids=named)
def test_every_module_has_its_test_module(path: Path) -> None:
    exempt = str(path.relative_to(SOURCE).as_posix()) in WITHOUT_TESTS
    assert mirror_of(path).exists() is not exempt, f"{named(mirror_of(path))} {'is exempt' if exempt else 'is missing'}"


def test_every_exemption_is_about_a_module() -> None:
    assert [name for name in WITHOUT_TESTS if not (SOURCE / name).exists()] == []


def kind_of(name: str) -> tuple[int, str]:
    """Constants before classes before functions, as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@pytest.mark.parametrize("name", ["tradewire", *module_names()])
def test_exported_names_exist_and_are_sorted(name: str) -> None:
    module = importlib.import_module(name)
    exported: list[str] = list(getattr(module, "__all__", []))
    assert exported == sorted(set(exported), key=kind_of)
    assert [export for export in exported if not hasattr(module, export)] == []


def test_imports_touch_no_network_and_start_no_thread() -> None:
    finished = subprocess.run([sys.executable, "-c", IMPORT_ALL, *module_names()], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {}
