"""JSON decoded and encoded again as a Go program does it: what a signature covers under the option ``body_rule="remarshal"``."""

from __future__ import annotations

import json
from typing import Any

#: Go escapes what could end a script element or a line of JavaScript.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_INTEGRAL_BELOW = 1e21


def remarshal(raw: bytes) -> bytes:
    """Return ``raw`` with sorted keys, no spaces, plain UTF-8 and Go's escapes; nothing for ``null`` and for nothing.

    Raises:
        ValueError: ``raw`` is no JSON.
    """
    value = json.loads(raw) if raw else None
    if value is None:
        return b""
    text = json.dumps(_go_numbers(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.translate(_ESCAPES).encode()


def _go_numbers(value: Any) -> Any:
    """Go decodes every number to a double and writes whole ones without a fraction."""
    match value:
        case float() if value.is_integer() and abs(value) < _INTEGRAL_BELOW:
            return int(value)
        case dict():
            return {name: _go_numbers(member) for name, member in value.items()}
        case list():
            return [_go_numbers(member) for member in value]
        case _:
            return value
