"""CPU seconds that a person waits before anything happens: python benchmarks/start_up.py.

Each call is a process of its own, the least of five runs. It ends with 1 if one is over its budget.
"""

from __future__ import annotations

import os
import subprocess
import sys

RUNS = 5
COMMAND = "from livingcircle.cli.main import main; main()"
CALLS = {
    "import livingcircle": (0.3, ["-c", "import livingcircle"]),
    "livingcircle --help": (0.6, ["-c", COMMAND, "--help"]),
    "livingcircle standards list": (0.8, ["-c", COMMAND, "standards", "list"]),
}


def cpu_seconds(arguments: list[str]) -> float:
    """User and system time of one Python process."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def main() -> int:
    slow = False
    for name, (budget, arguments) in CALLS.items():
        least = min(cpu_seconds(arguments) for _ in range(RUNS))
        slow |= least > budget
        print(f"{name:<30} {least:.2f} s (budget {budget:.1f} s)")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
