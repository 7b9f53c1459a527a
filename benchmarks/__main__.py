"""``python -m benchmarks``: the order book alone, then whole messages."""

from __future__ import annotations

import argparse
import platform

from benchmarks import kernel, messages


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Print CPU costs as ratios to simpler programs of the same run."
    )
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds whose median counts")
    parser.add_argument("--updates", type=int, default=2_000, help="book updates a round")
    parser.add_argument("--messages", type=int, default=50_000, help="messages a round")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()} on {platform.machine()} {platform.system()}\n")
    kernel.run(arguments.updates, arguments.rounds)
    messages.run(arguments.messages, arguments.rounds)


if __name__ == "__main__":
    main()
