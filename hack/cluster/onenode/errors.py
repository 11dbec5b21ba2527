"""What can go wrong, each kind told apart by who can do something about it."""

from __future__ import annotations

from collections.abc import Sequence


class ClusterError(Exception):
    """The cluster cannot be built, started or stopped; the message says what to do."""


class CommandError(ClusterError):
    """A program that was run to its end exited with an error or ran out of time."""

    def __init__(self, argv: Sequence[str], reason: str, output: str) -> None:
        """Keeps the command, why it failed, and the last lines that it printed."""
        last_lines = "\n".join(output.strip().splitlines()[-30:])
        super().__init__(f"`{' '.join(argv)}` {reason}:\n{last_lines}")


class ComponentError(ClusterError):
    """A daemon of the cluster exited, or was not healthy in time."""

    def __init__(self, name: str, reason: str, log: Sequence[str]) -> None:
        """Keeps the component's name, why it counts as failed, and the end of its log."""
        super().__init__("\n".join([f"{name} {reason}. The end of its log:", *log]))
        self.name = name
