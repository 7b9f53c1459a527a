"""The house has floors: a later one may import an earlier one, never the other way, never sideways."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "tradewire"

#: Each floor with what it may import. ``errors`` and ``settings`` are everybody's.
FLOORS: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "model": set(),
    "wire": {"model"},
    "venues": {"model", "wire"},
    "net": {"model", "wire"},
    "engine": {"model", "wire", "venues", "net"},
    "sim": {"model", "wire", "venues", "net"},
    "threads": {"model", "wire", "venues", "net", "engine"},
    "facades": {"model", "wire", "venues", "net", "engine", "threads"},
    "bots": {"model", "wire", "venues", "net", "engine", "threads", "facades"},
    "cli": {"model", "wire", "venues", "net", "engine", "sim", "threads", "facades", "bots"},
}
OUTSIDE = {"__init__", "__main__", "replaying", "testing"}
NO_ASYNCIO = {"errors", "settings", "model", "wire", "venues"}
NO_AMBIENT = {"model", "wire", "venues"}
AMBIENT_MODULES = {"time", "random", "secrets", "os", "socket", "threading", "aiohttp", "picows", "asyncio"}
VENUES = {"theone", "binance", "kraken", "bitunix"}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def floor_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return parts[0]


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_downwards_only(path: Path) -> None:
    floor = floor_of(path)
    imported = imports_of(path)
    if floor not in OUTSIDE:
        allowed = FLOORS[floor] | {"errors", "settings", floor}
        for name in imported:
            parts = name.split(".")
            if parts[0] == "tradewire" and len(parts) > 1 and (SOURCE / parts[1]).exists() | (SOURCE / f"{parts[1]}.py").exists():
                assert parts[1] in allowed, f"{path} ({floor}) imports {name}"
    roots = {name.split(".")[0] for name in imported}
    if floor in NO_ASYNCIO:
        assert "asyncio" not in roots, f"{path} imports asyncio"
    if floor in NO_AMBIENT:
        assert not roots & AMBIENT_MODULES, f"{path} imports {roots & AMBIENT_MODULES}"
    if floor in {"model", "wire", "venues", "net", "engine", "sim", "facades"}:
        assert "threading" not in roots, f"{path}: only threads/ starts threads"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_siblings_do_not_import_each_other(path: Path) -> None:
    parts = path.relative_to(SOURCE).parts
    if parts[0] not in {"venues", "facades"} or len(parts) < 3:
        return
    for name in imports_of(path):
        pieces = name.split(".")
        if pieces[:2] == ["tradewire", parts[0]] and len(pieces) > 2 and (SOURCE / parts[0] / pieces[2]).is_dir():
            assert pieces[2] == parts[1], f"{path} imports its sibling {name}"


@pytest.mark.parametrize("path", [p for p in modules() if floor_of(p) == "engine"], ids=lambda path: path.name)
def test_the_engine_never_names_a_venue(path: Path) -> None:
    text = path.read_text().lower()
    assert not [venue for venue in VENUES if venue in text]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400, f"{path} has {text.count(chr(10))} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Documentation may be long.
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 50, f"{path}:{node.lineno} {node.name} has {length} lines"


def test_money_is_never_a_float() -> None:
    """Floats are for durations (and ratios): their names say so."""
    allowed = (
        "seconds",
        "timeout",
        "delay",
        "every",
        "within",
        "silence",
        "lifetime",
        "per_second",
        "interval",
        "after",
        "for",
        "factor",
    )
    exact = {"ts", "initial", "cap"}  # seconds too, in names that are given: recordings' lines, back-off
    for path in modules():
        if floor_of(path) not in {"model", "wire", "venues"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and "float" in ast.unparse(node.annotation):
                assert node.target.id in exact or any(word in node.target.id.lower() for word in allowed), (
                    f"{path}:{node.lineno} {node.target.id} is a float"
                )
