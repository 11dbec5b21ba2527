"""Attention within each of many sequences of different lengths, in one call, where torch has it.

``torch.nn.attention.varlen`` came with torch 2.10; it wants half precision and compute capability
8.0. Elsewhere ``transformer`` calls ``scaled_dot_product_attention`` once per utterance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.failures.dead_context import dead_context_sign
from voicejob_worker.failures.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from voicejob_worker.engines.f5.packed_rows import PackedRows

_MIN_CAPABILITY: Final = (8, 0)
_CLOSE: Final = 1e-2
"""Difference from the other attention that half precision may make."""


def has_varlen(device: torch.device, dtype: torch.dtype, dim_head: int) -> bool:
    """Whether this card and this torch can, found out by doing it once and comparing."""
    if device.type != "cuda" or dtype is not torch.float16:
        return False
    if torch.cuda.get_device_capability(device) < _MIN_CAPABILITY:
        return False
    try:
        return _gives_the_same(device, dtype, dim_head)
    except ImportError:
        return False
    except RuntimeError as error:
        # A torch built without it, or a card that it does not know: the other way works anywhere.
        if is_out_of_memory(error) or dead_context_sign(error):
            raise
        return False


def _gives_the_same(device: torch.device, dtype: torch.dtype, dim_head: int) -> bool:
    from torch.nn.attention.varlen import varlen_attn

    lengths = (33, 7)
    starts = torch.tensor([0, lengths[0], sum(lengths)], dtype=torch.int32, device=device)
    qkv = torch.randn(sum(lengths), 3, 2, dim_head, device=device, dtype=dtype)
    query, key, value = qkv.unbind(1)
    found = varlen_attn(query, key, value, starts, starts, lengths[0], lengths[0])
    assert isinstance(found, Tensor)  # the log-sum-exp was not asked for
    wanted = [
        functional.scaled_dot_product_attention(*part.permute(1, 2, 0, 3)).transpose(0, 1)
        for part in torch.split(qkv, list(lengths))
    ]
    return bool((found - torch.cat(wanted)).abs().max() < _CLOSE)


def attend_varlen(qkv: Tensor, heads: int, rows: PackedRows, cu_seq: Tensor) -> Tensor:
    """Attention within each copy of each utterance: ``(r, 3 * h * k)`` to ``(r, h * k)``."""
    from torch.nn.attention.varlen import varlen_attn

    query, key, value = qkv.view(len(qkv), 3, heads, -1).unbind(1)  # each (r, h, k)
    longest = max(rows.lengths)
    attended = varlen_attn(query, key, value, cu_seq, cu_seq, longest, longest)
    assert isinstance(attended, Tensor)  # the log-sum-exp was not asked for
    return attended.flatten(1)
