"""Makes checkpoints of XTTS v2's pattern, with random weights, for the package coqui-tts.

Public weights cannot be fetched where the tests run. These have the files, the names and the layout
of the published ones; what they speak is noise, and how long they speak is left to chance. As a
script it fills a directory with a checkpoint, its configuration, its vocabulary and two speakers::

    python tests/making/xtts.py DIRECTORY --size small
"""

from __future__ import annotations

import argparse
import contextlib
import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import torch
from tokenizers import Tokenizer, models, pre_tokenizers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

Size = Literal["small", "full"]
Layout = Literal["published", "trainer", "plain"]

LANGUAGES: Final = (
    *("en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru"),
    *("nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi"),
)
"""Of XTTS v2, in its configuration's order."""
SPEAKERS: Final = ("Ana Florence", "Viktor Eka")
FULL: Final[dict[str, Any]] = {
    "gpt_max_audio_tokens": 605,
    "gpt_max_text_tokens": 402,
    "gpt_max_prompt_tokens": 70,
    "gpt_layers": 30,
    "gpt_n_model_channels": 1024,
    "gpt_n_heads": 16,
    "gpt_number_text_tokens": 6681,
    "gpt_num_audio_tokens": 1026,
    "gpt_start_audio_token": 1024,
    "gpt_stop_audio_token": 1025,
    "gpt_code_stride_len": 1024,
    "gpt_use_perceiver_resampler": True,
    "input_sample_rate": 22050,
    "output_sample_rate": 24000,
    "output_hop_length": 256,
    "decoder_input_dim": 1024,
    "d_vector_dim": 512,
}
"""``model_args`` of the published config.json, as far as they shape the network."""
SMALL: Final[dict[str, Any]] = FULL | {
    "gpt_max_audio_tokens": 80,
    "gpt_max_text_tokens": 120,
    "gpt_layers": 2,
    "gpt_n_model_channels": 64,
    "gpt_n_heads": 2,
    "gpt_num_audio_tokens": 66,
    "gpt_start_audio_token": 64,
    "gpt_stop_audio_token": 65,
    "decoder_input_dim": 64,
}
"""The vocoder and the speaker encoder have sizes of their own in the package: 18 million
parameters that no configuration makes fewer."""
USUAL_TOKENS: Final[dict[Size, int]] = {"small": 20, "full": 60}
"""After about so many sounds, of 46 ms each, the speech ends."""
_LOUDNESS: Final = 0.08
"""RMS of what is spoken, as of speech."""
_LETTERS: Final = (
    "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœßąćęłńśźżğışčďěňřšťůžőű",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهويى\u064b\u064e\u064f\u0650\u0651\u0652",
    "ँंःअआइईउऊऋएऐऑओऔकखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह़ािीुूृॅेैॉोौ्",
    "0123456789",
    ".,;:!?…()[]-—–'’“”«»„¿¡।،؛؟/*+=%&@#$£°",
)
_MERGES: Final = ("th", "he", "an", "in", "er", "en", "es", "ão", "ch", "st")


def make_xtts_checkpoint(
    directory: Path,
    *,
    size: Size = "small",
    layout: Layout = "published",
    seed: int = 0,
    usual_tokens: int | None = None,
    speakers: bool = True,
    changed: dict[str, Any] | None = None,
) -> Path:
    """Write model.pth, config.json, vocab.json and speakers_xtts.pth into ``directory``.

    Args:
        directory: Made where it is missing.
        size: small (19 million parameters, 75 MB) or full (470 million, 1.9 GB).
        layout: Of the published file (a pickle that has an XttsConfig beside the weights), of
            upstream's trainer (names with a prefix, and those of the trainer's own networks), or
            the weights and a dict.
        seed: Of the weights.
        usual_tokens: Sounds after which the speech ends; None for the size's own number.
        speakers: Whether the model brings speakers.
        changed: Other ``model_args``.

    Returns:
        The directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    arguments = (FULL if size == "full" else SMALL) | (changed or {})
    write_vocabulary(directory / "vocab.json", arguments["gpt_number_text_tokens"])
    arguments |= {"gpt_start_text_token": 261, "gpt_stop_text_token": 0}
    write_config(directory / "config.json", arguments)
    config, state = random_state(directory, seed, usual_tokens or USUAL_TOKENS[size])
    with _classes_of_old():
        torch.save(_content(layout, config, state), directory / "model.pth")
    if speakers:
        voices = random_voices(arguments["gpt_n_model_channels"], seed)
        torch.save(voices, directory / "speakers_xtts.pth")
    return directory


def write_vocabulary(path: Path, size: int) -> None:
    """A vocabulary of ``size`` tokens for all languages, as the published one is built."""
    special = ("[STOP]", "[UNK]", "[SPACE]")
    tagged = tuple(f"[{language}]" for language in LANGUAGES)
    letters = dict.fromkeys(chain.from_iterable(_LETTERS))
    known = [*special, *letters]
    known += [f"[filler{number}]" for number in range(261 - len(known))]
    known += ["[START]", *tagged, *_MERGES]
    known += [f"[filler{number}]" for number in range(len(known), size)]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: index for index, token in enumerate(known)},
            merges=[(pair[0], pair[1]) for pair in _MERGES],
            unk_token="[UNK]",
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens([*special, "[START]", *tagged])
    tokenizer.save(str(path))


def write_config(path: Path, arguments: dict[str, Any]) -> None:
    """A configuration with the published one's values."""
    content = {
        "model": "xtts",
        "run_name": "run",
        "audio": {"sample_rate": 22050, "output_sample_rate": 24000, "dvae_sample_rate": 22050},
        "model_args": arguments,
        "languages": list(LANGUAGES),
        "temperature": 0.75,
        "length_penalty": 1.0,
        "repetition_penalty": 5.0,
        "top_k": 50,
        "top_p": 0.85,
        "num_gpt_outputs": 1,
        "gpt_cond_len": 30,
        "gpt_cond_chunk_len": 4,
        "max_ref_len": 30,
        "sound_norm_refs": False,
    }
    path.write_text(json.dumps(content, indent=2))


def random_state(directory: Path, seed: int, usual_tokens: int) -> tuple[Any, dict[str, Tensor]]:
    """The configuration as upstream reads it, and weights by upstream's names."""
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts

    config = XttsConfig()
    config.load_json(directory / "config.json")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Xtts(config)
        _draw(model)
        _bring_to_an_end(model.gpt, usual_tokens)
        return config, {name: weights.clone() for name, weights in model.state_dict().items()}


@torch.no_grad()
def _draw(model: Any) -> None:
    """Weights that upstream leaves at zero or one, and the loudness of speech."""
    for name, parameter in model.gpt.named_parameters():
        if name.endswith("bias"):
            parameter.normal_(std=0.02)
    model.mel_stats.uniform_(1.0, 3.0)
    decoder = model.hifigan_decoder.eval()
    latents = torch.randn(1, 8, model.args.decoder_input_dim)
    voice = torch.nn.functional.normalize(torch.randn(1, 512, 1), dim=1)
    loud = decoder(latents, g=voice).std()
    decoder.waveform_decoder.conv_post.weight.mul_(_LOUDNESS / loud)


@torch.no_grad()
def _bring_to_an_end(gpt: Any, usual_tokens: int) -> None:
    """Make the end likelier from place to place: one direction is the place, and the end's too."""
    direction = torch.nn.functional.normalize(torch.randn(gpt.model_dim), dim=0)
    places = torch.arange(gpt.mel_pos_embedding.emb.num_embeddings)
    gpt.mel_pos_embedding.emb.weight += direction * (5 * (places / usual_tokens - 0.6))[:, None]
    gpt.mel_head.weight[gpt.stop_audio_token] = 1.2 * direction


def random_voices(channels: int, seed: int) -> dict[str, dict[str, Tensor]]:
    """Speakers as the published file has them."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: {
            "gpt_cond_latent": torch.randn(1, 32, channels, generator=generator),
            "speaker_embedding": torch.nn.functional.normalize(
                torch.randn(1, 512, 1, generator=generator), dim=1
            ),
        }
        for name in SPEAKERS
    }


def _content(layout: Layout, config: Any, state: dict[str, Tensor]) -> dict[str, Any]:
    if layout == "published":
        return {"config": config, "model": {_of_old(name): value for name, value in state.items()}}
    if layout == "plain":
        return {"config": {"model": "xtts"}, "model": state}
    return {"config": {}, "model": dict(_trained(state)), "step": 1, "epoch": 0, "optimizer": {}}


def _of_old(name: str) -> str:
    """As torch called the parts of a weight norm when the published file was written."""
    return name.replace("parametrizations.weight.original0", "weight_g").replace(
        "parametrizations.weight.original1", "weight_v"
    )


@contextlib.contextmanager
def _classes_of_old() -> Iterator[None]:
    """Two classes of the configuration lay elsewhere when the published file was written."""
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig
    from TTS.tts.models import xtts

    moved = (XttsArgs, XttsAudioConfig)
    places = [one.__module__ for one in moved]
    for one in moved:
        one.__module__ = xtts.__name__
    try:
        yield
    finally:
        for one, place in zip(moved, places, strict=True):
            one.__module__ = place


def _trained(state: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """As upstream's trainer of the GPT saves it, with its networks for training alone."""
    yield from ((f"xtts.{name}", weights) for name, weights in state.items())
    yield "dvae.encoder.0.weight", torch.zeros(2, 2)
    yield "torch_mel_spectrogram_dvae.mel_stft.mel_scale.fb", torch.zeros(2, 2)
    yield "torch_mel_spectrogram_style_encoder.mel_stft.spectrogram.window", torch.zeros(2)


def main() -> None:
    """Fill a directory with a model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--size", choices=get_args(Size), default="small")
    parser.add_argument("--layout", choices=get_args(Layout), default="published")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(
        make_xtts_checkpoint(asked.directory, size=asked.size, layout=asked.layout, seed=asked.seed)
    )


if __name__ == "__main__":
    main()
