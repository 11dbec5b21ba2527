"""The engine speaks as upstream would, the same each time, and gets through what can go wrong."""

import gc
import logging
import weakref

import numpy as np
import pytest
import torch
import torchaudio
from making.xtts import SPEAKERS

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.registry import EngineConfig
from voicejob_worker.engines.registry import make_engine as make_by_name
from voicejob_worker.engines.shared.held_bytes import held_bytes
from voicejob_worker.engines.shared.noise import noise_key
from voicejob_worker.engines.xtts.engine import XttsEngine
from voicejob_worker.engines.xtts.synthesiser import MAX_TRIES
from voicejob_worker.errors import InvalidInputError, ModelUnusableError, OutOfMemoryError

TEXT = "Glue the sheet to the dark blue background."
ONE = Utterance(0, TEXT)


def speak(engine, utterance=ONE, **params):
    (samples,) = engine.synthesise([utterance], SynthesisParams(**params))
    return samples


def seeded(seed, utterance=ONE):
    torch.manual_seed(noise_key(seed, utterance) % 2**64)


@pytest.mark.parametrize(
    ("language", "code", "text"),
    [("en-US", "en", TEXT), ("pt-BR", "pt", "Olá, tudo bem?"), ("zh-CN", "zh-cn", "你好，世界。")],
)
def test_it_speaks_as_upstream_does_with_the_same_random_numbers(
    make_engine, upstream, language, code, text
):
    utterance = Utterance(3, text)
    ours = speak(make_engine(share=True, language=language), utterance, seed=7)
    seeded(7, utterance)
    theirs = upstream.synthesize(text, speaker=SPEAKERS[0], language=code)["wav"]
    assert np.array_equal(ours, theirs)
    assert ours.dtype == np.float32
    assert ours.size > 2_000
    assert ours.std() > 0.01


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [({"speed": 1.5}, {"speed": 1.5}), ({"temperature": 1.7}, {"temperature": 1.7})],
)
def test_speed_and_temperature_are_upstreams(engine, upstream, ours, theirs):
    seeded(0)
    wanted = upstream.synthesize(TEXT, speaker=SPEAKERS[0], language="en", **theirs)["wav"]
    assert np.array_equal(speak(engine, **ours), wanted)
    assert not np.array_equal(speak(engine), wanted)


def test_speed_shortens_the_speech(engine):
    usual, fast, slow = (speak(engine, speed=speed).size for speed in (1.0, 2.0, 0.5))
    assert fast == pytest.approx(usual / 2, rel=0.25)
    assert slow == pytest.approx(usual * 2, rel=0.25)


def test_a_recording_gives_the_voice_that_upstream_makes_of_it(
    make_engine, upstream, reference_of, monkeypatch
):
    reference = reference_of(9.5)
    audio = torch.from_numpy(reference.samples.copy())[None]
    monkeypatch.setattr(torchaudio, "load", lambda path: (audio.clone(), 24_000))
    config = upstream.config
    latents, embedding = upstream.get_conditioning_latents(
        audio_path="any",
        max_ref_length=config.max_ref_len,
        gpt_cond_len=config.gpt_cond_len,
        gpt_cond_chunk_len=config.gpt_cond_chunk_len,
        sound_norm_refs=config.sound_norm_refs,
    )
    voice = make_engine(reference=reference)._loaded.speakers[""].voice
    assert voice.latents.shape == (1, 32, 64)
    assert torch.allclose(voice.latents, latents, atol=1e-5)
    assert torch.allclose(voice.embedding, embedding, atol=1e-5)


def test_the_same_is_spoken_with_the_same_bytes(engine, make_engine):
    first = speak(engine).tobytes()
    torch.manual_seed(99)
    speak(engine, Utterance(1, "Something else."))
    assert speak(engine).tobytes() == first
    assert speak(make_engine()).tobytes() == first


@pytest.mark.parametrize(
    ("utterance", "params"),
    [
        (ONE, {"seed": 1}),
        (Utterance(0, TEXT, take=1), {}),
        (Utterance(5, TEXT), {}),
        (Utterance(0, "Glue the sheet."), {}),
    ],
    ids=["seed", "take", "index", "text"],
)
def test_another_seed_take_place_or_text_sounds_otherwise(engine, utterance, params):
    assert not np.array_equal(speak(engine), speak(engine, utterance, **params))


def test_torchs_own_random_numbers_are_left_alone(engine):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    speak(engine)
    assert torch.equal(torch.rand(3), wanted)


def test_an_utterance_sounds_the_same_in_any_company(engine):
    utterances = [Utterance(0, "Yes."), ONE, Utterance(2, " ")]
    assert engine.batches(utterances) == [[utterance] for utterance in utterances]
    together = engine.synthesise(utterances, SynthesisParams())
    assert np.array_equal(together[1], speak(engine))
    assert together[2].size == 0


def test_too_long_a_text_is_spoken_whole(engine, monkeypatch):
    asked = []
    gpt = engine._loaded.network.gpt
    real = gpt.generate
    monkeypatch.setattr(
        gpt,
        "generate",
        lambda **given: asked.append(given["text_inputs"].shape[1]) or real(**given),
    )
    text = ", ".join(["one two three four five"] * 9)
    assert speak(engine, Utterance(0, text)).size
    assert len(asked) >= 2
    assert max(asked) < 120
    assert sum(asked) >= len(engine._loaded.speakers[""].tokens._encode(text))


def test_voices_differ(engine, make_engine, reference_of):
    spoken = [
        speak(engine),
        speak(make_engine(share=True, speaker=SPEAKERS[1])),
        speak(make_engine(reference=reference_of())),
    ]
    assert len({samples.tobytes() for samples in spoken}) == 3


def test_a_voice_is_worked_out_once(make_engine, reference_of, tmp_path, monkeypatch):
    from voicejob_worker.engines.xtts import xtts_model as module

    made = []
    real = module.voice_of_recording
    monkeypatch.setattr(module, "voice_of_recording", lambda *given: made.append(1) or real(*given))

    def engine(digest):
        return make_engine(reference=reference_of(digest=digest), cache_dir=tmp_path)

    first, again = engine("a"), engine("a")
    assert len(made) == 1
    assert torch.equal(
        first._loaded.speakers[""].voice.latents, again._loaded.speakers[""].voice.latents
    )
    assert torch.equal(
        first._loaded.speakers[""].voice.embedding, again._loaded.speakers[""].voice.embedding
    )
    counted = {
        sample.name: sample.value
        for metric in again.collectors[-1].collect()
        for sample in metric.samples
    }
    assert counted["voicejob_xtts_voice_cache_hits_total"] == 1.0
    assert counted["voicejob_xtts_voice_cache_entries"] == 1.0
    for entry in tmp_path.rglob("*.npz"):
        assert entry.name.startswith("a-"), "by which what was made of a recording is found"
        entry.write_bytes(entry.read_bytes()[:900])
    assert torch.equal(
        engine("a")._loaded.speakers[""].voice.latents, first._loaded.speakers[""].voice.latents
    )
    assert len(made) == 2


def test_a_voice_of_another_model_is_not_taken(make_engine, reference_of, tmp_path, copied):
    (copied / "config.json").write_text((copied / "config.json").read_text() + "\n")
    for changed in ({}, {"model": copied}):
        make_engine(reference=reference_of(), cache_dir=tmp_path / "cache", **changed)
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 2


def test_an_unknown_speaker_is_refused_with_the_nearest(make_engine):
    with pytest.raises(InvalidInputError, match=r"'ana florenz'.*has 2, .*Ana Florence") as refused:
        make_engine(speaker="ana florenz")
    assert refused.value.exit_code == 10
    with pytest.raises(InvalidInputError, match="among them Ana Florence, Viktor Eka"):
        make_engine(speaker="zzz")


def test_a_speaker_of_a_model_without_any_is_refused(make_engine, copied):
    (copied / "speakers_xtts.pth").unlink()
    with pytest.raises(ModelUnusableError, match=r"speakers_xtts\.pth") as refused:
        make_engine(model=copied)
    assert refused.value.exit_code == 11


@pytest.mark.parametrize(
    "voice",
    [
        {"gpt_cond_latent": torch.zeros(1, 32, 1024), "speaker_embedding": torch.zeros(1, 512, 1)},
        {"gpt_cond_latent": torch.zeros(1, 32, 64), "speaker_embedding": torch.zeros(1, 256, 1)},
        {"gpt_cond_latent": torch.full((1, 32, 64), torch.nan)},
        {"speaker_embedding": torch.zeros(1, 512, 1)},
        5,
    ],
)
def test_speakers_of_another_model_are_refused(make_engine, copied, voice):
    if isinstance(voice, dict) and len(voice) == 1 and "gpt_cond_latent" in voice:
        voice["speaker_embedding"] = torch.zeros(1, 512, 1)
    torch.save({SPEAKERS[0]: voice}, copied / "speakers_xtts.pth")
    with pytest.raises(ModelUnusableError, match=r"speakers_xtts\.pth"):
        make_engine(model=copied)


@pytest.mark.parametrize("both", [True, False])
def test_one_voice_must_be_named(model_directory, reference_of, both):
    voice = {"speaker": "a", "reference": reference_of()} if both else {}
    with pytest.raises(InvalidInputError, match=r"spec\.voice"):
        XttsEngine(
            threads=1, model=model_directory, language="en", licences=frozenset({"CPML"}), **voice
        )


def test_a_model_that_goes_on_is_asked_again(endless, engine):
    endless.ends_at = 2
    found = speak(endless.engine)
    assert len(endless.draws) == 2
    assert not endless.engine.notes
    assert found.tobytes() != speak(engine).tobytes()
    endless.draws.clear()
    assert speak(endless.engine).tobytes() == found.tobytes()


def test_a_model_that_always_goes_on_is_told_of(endless):
    samples = speak(endless.engine)
    assert len(endless.draws) == MAX_TRIES
    assert "chunk 1: the model said nothing, or found no end" in endless.engine.notes[0]
    assert TEXT.split(maxsplit=1)[0] not in endless.engine.notes[0]
    assert samples.size == pytest.approx(27 * 1024 * 24_000 / 22_050, rel=0.02)


def test_nothing_of_the_text_is_written(make_engine, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    engine = make_engine(language="ja")
    speak(engine, Utterance(0, "秘密の言葉。" * 15))
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")
    assert not [record for record in caplog.records if "秘密" in record.getMessage()]
    assert not [record for record in caplog.records if record.name.startswith(("TTS", "trans"))]


def test_the_fingerprint_tells_models_voices_and_languages_apart(
    engine, make_engine, reference_of, copied
):
    (copied / "config.json").write_text((copied / "config.json").read_text() + "\n")
    prints = [
        engine.fingerprint(),
        make_engine(share=True, language="pt-BR").fingerprint(),
        make_engine(share=True, speaker=SPEAKERS[1]).fingerprint(),
        make_engine(reference=reference_of()).fingerprint(),
        make_engine(model=copied).fingerprint(),
    ]
    assert len(set(prints)) == len(prints)
    assert make_engine().fingerprint() == prints[0]
    for part in ("coqui-tts=0.", "torch=2.", "cpu"):
        assert part in prints[0]


def test_it_says_what_the_model_is(engine):
    about = engine.about()
    assert about.precision == "float32"
    assert 5 < about.parameters_millions < 20
    # Four bytes each, and little beside: it is what serve says that the model holds.
    held = held_bytes(engine)["cpu"]
    assert held / (4e6 * about.parameters_millions) == pytest.approx(1.0, abs=0.1)
    assert engine.sample_rate == 24_000


def test_the_registry_makes_it(model_directory):
    from voicejob_api.synthesis import Engine as EngineName

    config = EngineConfig(
        threads=1,
        model=model_directory,
        language="pt-BR",
        speaker=SPEAKERS[0],
        licences=frozenset({"CPML"}),
    )
    engine = make_by_name(EngineName.XTTS, config)
    assert (engine.name, engine.max_characters) == ("xtts", 203)


def test_before_loading_and_after_it_is_not_loaded(make_engine):
    engine = make_engine()
    engine.unload()
    for use in (engine.fingerprint, engine.about, lambda: speak(engine), lambda: engine.spell("a")):
        with pytest.raises(ModelUnusableError, match="not loaded"):
            use()


def test_unloading_gives_the_weights_back(make_engine):
    def size():
        gc.collect()
        return sum(
            remote.numel()
            for remote in gc.get_objects()
            if issubclass(type(remote), torch.Tensor) and not remote.is_meta
        )

    before = size()
    engine = make_engine()
    speak(engine)
    assert size() > before + 5_000_000
    engine.unload()
    assert size() <= before + 100_000


def test_nothing_keeps_the_weights_once_it_is_unloaded_not_even_until_garbage_is_collected(
    make_engine, monkeypatch
):
    engine = make_engine()
    speak(engine)
    network = engine._loaded.network
    held = (network, network.gpt.gpt_inference, network.gpt.mel_head.weight, engine._synthesiser)
    kept = [weakref.ref(one) for one in held]
    del network, held
    monkeypatch.setattr(gc, "collect", lambda: 0)
    gc.disable()
    try:
        engine.unload()
        assert [one() for one in kept] == [None] * 4
    finally:
        gc.enable()


def test_a_model_that_says_nothing_is_asked_again(make_engine, monkeypatch):
    engine = make_engine()
    gpt = engine._loaded.network.gpt
    real, draws = gpt.generate, []

    def generate(**given):
        draws.append(1)
        codes = real(**given)
        return codes[:, -1:] if len(draws) == 1 else codes

    monkeypatch.setattr(gpt, "generate", generate)
    assert speak(engine).size > 3_000
    assert len(draws) == 2
    gpt.generate = lambda **given: real(**given)[:, -1:]
    assert speak(engine, speed=2.0).size
    assert "said nothing" in engine.notes[0]


class Tight:
    """Runs out of memory in the vocoder, once or for good."""

    def __init__(self, engine, monkeypatch, times):
        self.left = times
        decoder = engine._loaded.network.hifigan_decoder
        self.real = decoder.forward
        monkeypatch.setattr(decoder, "forward", self)

    def __call__(self, *given, **named):
        self.left -= 1
        if self.left >= 0:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return self.real(*given, **named)


def test_short_of_memory_it_says_the_same_and_then_in_shorter_parts(
    make_engine, engine, monkeypatch
):
    tight = make_engine()
    Tight(tight, monkeypatch, 1)
    assert np.array_equal(speak(tight), speak(engine))
    assert "tried again with caches emptied" in tight.notes[0]
    Tight(tight, monkeypatch, 2)
    long = Utterance(0, ", ".join(["one two three four five"] * 4))
    assert speak(tight, long).size
    assert "texts in halves" in tight.notes[-1]
    assert len(tight._loaded.speakers[""].tokens.parts(long.text, share=2)) == 2


def test_with_no_memory_at_all_it_ends_with_its_exit_code(make_engine, monkeypatch):
    tight = make_engine()
    Tight(tight, monkeypatch, 9)
    with pytest.raises(OutOfMemoryError, match=r"20 MiB needed.*texts in quarters") as ended:
        speak(tight)
    assert ended.value.exit_code == 20
