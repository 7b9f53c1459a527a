"""Help texts."""

from __future__ import annotations

from tradewire.cli.texts import paragraphs


def test_paragraphs_become_lines_and_examples_stay_as_they_are() -> None:
    text = "\nOne\nand the same.\n\n\n\nAnother.\n\n\b\nExamples:\n    first\n    second\n"
    assert paragraphs(text) == "One and the same.\n\nAnother.\n\n\b\nExamples:\n    first\n    second"
