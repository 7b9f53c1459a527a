"""Help texts."""

from __future__ import annotations


def paragraphs(text: str) -> str:
    r"""Join the lines of each paragraph, so that terminals of any width can fold them.

    Paragraphs are set apart by empty lines. One that begins with ``\b`` keeps its lines: examples.
    """
    parts = (part.strip("\n") for part in text.split("\n\n") if part.strip())
    return "\n\n".join(part if part.startswith("\b") else " ".join(part.split()) for part in parts)
