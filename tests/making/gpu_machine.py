"""A machine with a GPU, as the checks of one ask it; nothing of it is real."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicejob_worker.device.hardware import Card, NvmlAnswer, Product, TorchBuild

T4 = Card("Tesla T4", (7, 5), ("sm_75", "sm_90"))
GTX_1050_TI = Card("NVIDIA GeForce GTX 1050 Ti", (6, 1), ("sm_75", "sm_90"))


@dataclass(frozen=True)
class Machine:
    """A machine with one T4, as it should be; each answer may be an exception to raise."""

    driver: object = (13, 0)
    answer: object = NvmlAnswer("580.65.06", 1, ((7, 5),))
    up: object = None
    build: object = TorchBuild("2.11.0+cu130", "13.0")
    count: object = 1
    at: object = T4
    free: object = (14_000, 15_360)
    whole: object = 15_360
    """What NVML tells of its memory."""
    product: object = Product(1e-6, 0.001, 0.1)
    held: object = 0
    torch: bool = True
    asked: list[str] = field(default_factory=list)

    def has_torch(self):
        return self.torch

    def driver_cuda(self):
        return self._say("driver")

    def nvml(self):
        return self._say("answer")

    def initialise(self):
        return self._say("up")

    def torch_build(self):
        return self._say("build")

    def gpus(self):
        return self._say("count")

    def card(self, index):
        return self._say("at")

    def memory(self, index):
        return self._say("free")

    def nvml_total(self, index):
        return self._say("whole")

    def multiply(self, index):
        return self._say("product")

    def allocate(self, index, mib):
        return self._say("held")

    def _say(self, name):
        self.asked.append(name)
        value = getattr(self, name)
        if isinstance(value, Exception):
            raise value
        return value() if callable(value) else value
