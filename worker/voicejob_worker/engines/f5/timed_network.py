"""The network at any time, for the comparison of the variants (see ``variant``)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from voicejob_worker.device.transfer import to_device
from voicejob_worker.engines.f5.modulation import StepModulation, compute_modulations
from voicejob_worker.engines.f5.network import DiT, TextInput


class TimedNetwork:
    """Works the modulation out for each new time, from a checkpoint's tensors."""

    def __init__(
        self,
        network: DiT,
        state: Mapping[str, Tensor],
        modulations: dict[float, StepModulation] | None = None,
    ) -> None:
        """``modulations`` are kept by time, for any variant of the same weights."""
        self._network = network
        self._state = state
        self._modulations = {} if modulations is None else modulations

    def velocity(self, x: Tensor, cond: Tensor, token_ids: Tensor, time: Tensor) -> Tensor:
        """The velocity at any time (``variant.VelocityField``)."""
        network = self._network
        text = TextInput(token_ids[0].tolist(), x.shape[1])
        condition = network.condition(cond[0], [text], guided=False)
        noised = to_device(x[0], network.device)
        return network.velocity(noised, condition, self._modulation(time))

    def _modulation(self, time: Tensor) -> StepModulation:
        key = float(time)
        if key not in self._modulations:
            network = self._network
            times = torch.tensor([key])
            (self._modulations[key],) = compute_modulations(
                self._state, times, network.device, network.dtype
            )
        return self._modulations[key]
