"""What the checks of a GPU said in this process: a second voice does not wait for them again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.device.check_result import CheckResult
    from voicejob_worker.device.request import DeviceRequest

_HANG_SECONDS: Final = 300.0
"""How long a GPU that did not answer is not asked again: each try takes up to a minute, and leaves
a thread behind that may never end."""


@dataclass(frozen=True)
class PassedChecks:
    """How a GPU has passed."""

    warning: str
    """Empty for none."""
    free_mib: int
    """The most memory that had to be free."""
    memory_mib: int = 0
    """The most memory that had to be there in all."""

    def include(self, request: DeviceRequest) -> bool:
        """Whether a GPU that has passed them is good for ``request``, too."""
        return (
            request.minimum_free_mib <= self.free_mib
            and (request.memory_mib or 0) <= self.memory_mib
        )


@dataclass
class RememberedChecks:
    """GPUs that have passed, and those that hang, by their index.

    Other failures are not kept: memory becomes free, a driver is loaded.
    """

    clock: Callable[[], float] = time.monotonic
    passed: dict[int, PassedChecks] = field(default_factory=dict)
    """How each GPU has passed that did."""
    _hung: dict[int, tuple[float, CheckResult]] = field(default_factory=dict)
    """When a GPU did not answer, and which check."""

    def hang(self, index: int) -> CheckResult | None:
        """The check that the GPU has not answered a short while ago, or None."""
        since, check = self._hung.get(index, (0.0, None))
        return check if self.clock() - since < _HANG_SECONDS else None

    def keep_hang(self, index: int, check: CheckResult) -> None:
        """Keep that ``check`` did not end."""
        self._hung[index] = (self.clock(), check)
