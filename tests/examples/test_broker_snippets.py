"""The examples say what the broker's documents say: statement by statement, in their order."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broker_ws_client import BrokerWSClient

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples" / "broker"
#: Assigned in ``placeholders.py`` instead.
PLACEHOLDERS = {"api_key = 'your_api_key'", "secret_key = 'your_secret_key'", "ws_url = 'wss://api.example.com/ws'"}


def snippets() -> Iterator[Any]:
    for section in (HERE / "broker_snippets.md").read_text().split("\n## ")[1:]:
        name = section.split("\n", 1)[0]
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", section, re.DOTALL), start=1):
            yield pytest.param(name, code, id=f"{name}-{number}")


def statements(node: ast.AST) -> Iterator[str]:
    """Every statement below ``node``, compound ones without their bodies, as text in one spelling."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler):
            text = ast.unparse(child)
            yield text[: text.index(":\n") + 1] if hasattr(child, "body") else text
        yield from statements(child)


def is_import(text: str) -> bool:
    return text.startswith(("import ", "from "))


@pytest.mark.parametrize(("name", "code"), list(snippets()))
def test_the_example_carries_the_snippet(name: str, code: str) -> None:
    wrapped = "async def _():\n" + "".join(f"    {line}\n" for line in code.splitlines())
    snippet = list(statements(ast.parse(wrapped).body[0]))
    example = list(statements(ast.parse((EXAMPLES / f"{name}.py").read_text())))
    assert snippet
    rest = iter(example)
    for statement in snippet:
        if is_import(statement):
            assert statement in example, statement
        elif statement not in PLACEHOLDERS:
            assert any(statement == found for found in rest), f"{name}.py lacks, in this place: {statement}"


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (BrokerWSClient.__init__, ["self", "api_key", "secret_key", "ws_url"]),
        (BrokerWSClient.connect, ["self"]),
        (BrokerWSClient.subscribe, ["self", "channel", "handler"]),
        (BrokerWSClient.unsubscribe, ["self", "channel"]),
        (BrokerWSClient.get_balances, ["self"]),
        (BrokerWSClient.estimate_swap, ["self", "amount_in", "asset_in", "asset_out"]),
        (BrokerWSClient.do_swap, ["self", "amount_in", "asset_in", "asset_out"]),
        (BrokerWSClient.get_order_status, ["self", "order_id"]),
        (BrokerWSClient.close, ["self"]),
        (BrokerWSClient.is_connected, ["self"]),
    ],
)
def test_the_documented_parameters_suffice_and_come_first(method: Callable[..., Any], parameters: list[str]) -> None:
    signature = inspect.signature(method)
    names = list(signature.parameters)
    assert names[: len(parameters)] == parameters
    assert all(signature.parameters[name].default is not inspect.Parameter.empty for name in names[len(parameters) :])
    assert inspect.iscoroutinefunction(method) == (method.__name__ not in {"__init__", "is_connected"})
