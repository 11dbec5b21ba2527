"""The package f5-tts as its own command line uses it: its chunker, and a pool of threads."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from making.f5 import ARCHITECTURES, Size
from making.upstream_f5 import package_folder

from voicejob_worker.engines.f5.f5_checkpoint import read_checkpoint
from voicejob_worker.engines.f5.mel import MelSpectrogram
from voicejob_worker.engines.f5.vocabulary import Vocabulary
from voicejob_worker.engines.f5.vocoder import load_vocoder
from voicejob_worker.reference.reference import Reference

_WINDOW_SECONDS = 22
"""What upstream fills with the reference and a chunk."""


def upstreams_chunker() -> Callable[..., list[str]]:
    """``chunk_text`` of upstream's inference script, which takes long to import."""
    tree = ast.parse((package_folder() / "infer" / "utils_infer.py").read_text())
    (found,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "chunk_text"]
    names: dict[str, Any] = {"re": re}
    exec(compile(ast.Module([found], []), "utils_infer.py", "exec"), names)
    chunker: Callable[..., list[str]] = names["chunk_text"]
    return chunker


class Upstream:
    """Upstream's network in one precision, with a vocoder of the same weights as ours."""

    def __init__(
        self, model: Path, size: Size, device: str, dtype: torch.dtype, reference: Reference
    ) -> None:
        from f5_tts.model.backbones.dit import DiT
        from f5_tts.model.cfm import CFM

        a = ARCHITECTURES[size]
        network = DiT(
            dim=a.dim,
            depth=a.depth,
            heads=a.heads,
            dim_head=a.dim_head,
            ff_mult=a.ff_mult,
            mel_dim=a.mel_dim,
            text_num_embeds=a.vocabulary,
            text_dim=a.text_dim,
            conv_layers=a.conv_layers,
        )
        network.load_state_dict(read_checkpoint(next(model.glob("*.safetensors"))), strict=False)
        mel = torch.nn.Identity()
        mel.n_mel_channels = a.mel_dim
        self._device = torch.device(device)
        self._cfm = CFM(network, mel_spec_module=mel).eval().to(self._device, dtype)
        self._vocoder = load_vocoder(model / "vocos", self._device)
        self._vocabulary = Vocabulary.load(model / "vocab.txt", a.vocabulary)
        self._lead = f"{reference.transcript} "
        self._mel = MelSpectrogram().log_mel(torch.from_numpy(reference.samples)).to(self._device)
        self._seconds = len(reference.samples) / reference.sample_rate
        self._chunk_text = upstreams_chunker()

    def chunks(self, text: str) -> list[str]:
        """The text in upstream's own chunks [infer_process]."""
        rate = len(self._lead.encode()) / self._seconds
        return self._chunk_text(text, max_chars=int(rate * (_WINDOW_SECONDS - self._seconds)))

    def speak(self, text: str, steps: int) -> float:
        """Speak a text; the seconds of audio."""
        with ThreadPoolExecutor() as pool:
            return sum(pool.map(lambda chunk: self._speak(chunk, steps), self.chunks(text)))

    def _speak(self, chunk: str, steps: int) -> float:
        frames = len(self._mel)
        total = frames + int(frames / len(self._lead.encode()) * len(chunk.encode()))
        ids = torch.tensor([self._vocabulary.encode(self._lead + chunk)], device=self._device)
        with torch.inference_mode():
            mel, _ = self._cfm.sample(
                cond=self._mel[None].to(next(self._cfm.parameters()).dtype),
                text=ids,
                duration=total,
                steps=steps,
                cfg_strength=2.0,
                sway_sampling_coef=-1.0,
            )
            (samples,) = self._vocoder.decode_each([mel[0, frames:].float()])
        return len(samples) / 24_000
