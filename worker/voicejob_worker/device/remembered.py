"""What the checks of a GPU said in this process: a second voice does not wait for them again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.device.check_result import CheckResult
    from voicejob_worker.device.request import DeviceRequest

HANG_SECONDS: Final = 300.0
"""How long a GPU that did not answer is not asked again: each try takes up to a minute, and leaves
a thread behind that may never end."""


@dataclass
class RememberedChecks:
    """GPUs that have passed, for so much memory, and those that hang.

    Other failures are not kept: memory becomes free, a driver is loaded.
    """

    clock: Callable[[], float] = time.monotonic
    _passed: dict[tuple[str, int], str] = field(default_factory=dict)
    """The warning with which a device has passed, by its name and the MiB that had to be free."""
    _hung: dict[str, tuple[float, CheckResult]] = field(default_factory=dict)
    """When a device did not answer, and which check."""

    def warning(self, request: DeviceRequest) -> str | None:
        """With what warning the device has passed, empty for none; None if it has not passed."""
        return self._passed.get((request.device, request.minimum_free_mib))

    def hang(self, request: DeviceRequest) -> CheckResult | None:
        """The check that the device has not answered a short while ago, or None."""
        since, check = self._hung.get(request.device, (0.0, None))
        return check if self.clock() - since < HANG_SECONDS else None

    def keep_pass(self, request: DeviceRequest, warning: str) -> None:
        """Keep that all checks went well enough."""
        self._passed[request.device, request.minimum_free_mib] = warning

    def keep_hang(self, request: DeviceRequest, check: CheckResult) -> None:
        """Keep that ``check`` did not end."""
        self._hung[request.device] = (self.clock(), check)
