"""The documents agree with the code: links, commands, code blocks, and the tables of faults, errors and ports."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from documents import DOCUMENTS, ROOT, blocks, commands, rows

from tradewire import errors
from tradewire.errors import TradewireError
from tradewire.sim import Simulator
from tradewire.sim.accounts import default_accounts
from tradewire.sim.fault_kinds import ConnectionFault, Fault, Switch, VenueFault
from tradewire.sim.faults import FAULTS, parse_faults
from tradewire.venues.registry import venue_names, venue_spec

DOCS = ROOT / "docs"
SIMULATOR = DOCS / "simulator.md"


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", path.read_text())
    assert [target for target in targets if "://" not in target and not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_files_that_are_named_exist(path: Path) -> None:
    places = (ROOT, ROOT / "src" / "tradewire")
    for name in re.findall(r"`([\w/]+/[\w/]+\.(?:py|md|toml))`", path.read_text()):
        assert any((place / name).exists() for place in places), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_code_compiles_and_uses_public_names(path: Path) -> None:
    for code in blocks(path, "python"):
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tradewire"):
                exec(ast.unparse(node), {})


def parse(command: Any, name: str, words: Sequence[str]) -> None:
    """Parse ``words`` as the command line would, without running anything."""
    context = command.make_context(name, list(words))
    if hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        child_name, child, arguments = command.resolve_command(context, rest)
        parse(child, child_name, arguments)


COMMANDS = sorted({tuple(words) for path in DOCUMENTS for words in commands(path)})


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_parse(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer  # noqa: PLC0415 - slow to load

    from tradewire.cli.app import app  # noqa: PLC0415 - likewise

    monkeypatch.chdir(tmp_path)
    for word in words:
        if word.endswith((".jsonl", ".jsonl.gz")):
            (tmp_path / word).touch()
    parse(typer.main.get_command(app), "tradewire", words)


# -- the simulator ---------------------------------------------------------------------------------------------------------


def promised(kind: type[Fault]) -> dict[str, Any]:
    """Arguments of a fault with their defaults; ``...`` where there is none."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name not in Fault.__struct_fields__:
            if field.default is not msgspec.NODEFAULT:
                found[field.name] = field.default
            else:
                found[field.name] = ... if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return found


def written(cell: str) -> dict[str, Any]:
    """The same as the table writes it."""
    found: dict[str, Any] = {}
    for name, _, default in re.findall(r"`(\w+)(=([^`]*))?`", cell):
        found[name] = json.loads(default) if default else ...
    return found


def test_every_fault_is_listed_with_its_arguments() -> None:
    table = {row[0].split("`")[1]: row for row in rows(SIMULATOR, "Fault")}
    assert set(table) == set(FAULTS)
    for name, kind in FAULTS.items():
        label, arguments, _ = table[name]
        assert written(arguments) == promised(kind), name
        assert label.endswith("(lasting)") is (issubclass(kind, ConnectionFault) and kind.lasting), name


def test_the_venues_that_can_do_a_fault_are_named() -> None:
    sim = Simulator(venue_names())
    for name, _, text in rows(SIMULATOR, "Fault"):
        kind = FAULTS[name.split("`")[1]]
        if not issubclass(kind, VenueFault) or kind is Switch or kind.__struct_config__.tag == "http_status":
            continue
        orders = [order for order, _ in kind().orders()]
        able = [venue for venue in sim.venues if any(hasattr(sim.server(venue).venue.faults, order) for order in orders)]  # type: ignore[attr-defined] # a venue may have faults
        assert text.endswith(f"({', '.join(able) or 'no installed venue'})"), name


def test_the_example_of_a_fault_script_is_one() -> None:
    (script,) = blocks(SIMULATOR, "json lines")
    assert len(parse_faults(script, source="the document")) == 3


def test_ports_and_accounts_are_those_of_the_specs() -> None:
    places = {row[0]: row[1:] for row in rows(SIMULATOR, "Venue")}
    assert set(places) == set(venue_names())
    text = SIMULATOR.read_text()
    for venue, (port, socket, http) in places.items():
        there = venue_spec(venue).environments["sim"]
        assert (socket.strip("`"), http.strip("`")) == (next(iter(there.ws.values())), there.http)
        assert there.http.endswith(port)
        first, _ = default_accounts(venue)
        assert f"| {venue} | `{first.account.key}`, `{first.account.secret}` |" in text


# -- errors ----------------------------------------------------------------------------------------------------------------


def test_every_error_is_listed_below_its_base() -> None:
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TradewireError)]
    tree = {kind.__name__: kind.__base__.__name__ for kind in classes if kind is not TradewireError and kind.__base__}
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows(DOCS / "errors.md", "Error")}
    assert listed == tree
    assert all(f"── {name}" in (errors.__doc__ or "") for name in tree)


# -- decisions -------------------------------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_holes_and_have_their_parts() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    for number, path in enumerate(records, 1):
        text = path.read_text()
        assert path.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert [part for part in ("## Context", "## Decision", "## Consequences") if part not in text] == []
        assert re.search(r"^(Proposed|Accepted|Superseded by \d+)\.$", text, re.MULTILINE)
