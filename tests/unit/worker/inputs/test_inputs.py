"""Where a VoiceJob's models come from: command line, volume, address, catalogue."""

import hashlib
import json

import pytest
from making.model_server import File

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.engines.piper_files import voice_path
from voicejob_worker.errors import (
    DiskFullError,
    InvalidInputError,
    ModelUnusableError,
)
from voicejob_worker.settings import Settings
from voicejob_worker.synthesis.assembly import assemble_engine

REFERENCE = {"uri": "https://h/voice.wav", "transcript": "Good morning."}


def test_a_job_that_names_no_model_gets_the_images_voice(inputs):
    assert inputs(language="en-US").model() is None
    assert inputs(language="en-US").model_spec() is None


def test_a_language_of_the_catalogue_is_fetched(inputs, server):
    server.put("/h/v/resolve/main", "de.onnx", "de.onnx.json")
    entry = {"engine": "piper", "language": "de-DE", "uri": "hf://h/v/de.onnx", "sizeBytes": 7}
    path = inputs([entry], language="de-AT").model()
    assert path.read_bytes() == b"de.onnx"
    assert path.with_name("de.onnx.json").exists()


def test_the_size_that_the_catalogue_tells_is_looked_for_on_the_disk_first(inputs, server):
    entry = {"engine": "piper", "language": "de", "uri": "hf://h/v/de.onnx", "sizeBytes": 10**16}
    with pytest.raises(DiskFullError, match=r"de\.onnx needs"):
        inputs([entry], language="de").model()
    assert server.asked == []


def test_a_language_that_nobody_speaks_is_refused(inputs):
    with pytest.raises(InvalidInputError, match=r"language is ja.*pt-BR"):
        inputs(language="ja").model()


def test_a_model_of_a_volume_is_where_it_is_mounted(inputs, tmp_path):
    asked = {"uri": "pvc://claim/voices/x.onnx"}
    with pytest.raises(ModelUnusableError, match=r"no x\.onnx at pvc://claim/voices/x\.onnx"):
        inputs(model=asked).model()
    (tmp_path / "model" / "voices").mkdir(parents=True)
    (tmp_path / "model" / "voices" / "x.onnx").touch()
    assert inputs(model=asked).model() == tmp_path / "model" / "voices" / "x.onnx"


def test_a_model_at_an_address_is_fetched_and_verified(inputs, server):
    server.put("/v", "x.onnx", "x.onnx.json")
    asked = {"uri": f"{server.address}/v/x.onnx"}
    assert inputs(model=asked).model().read_bytes() == b"x.onnx"
    with pytest.raises(ModelUnusableError, match=f"expected {'0' * 64}"):
        inputs(model=asked | {"sha256": "0" * 64}).model()


def test_the_command_line_goes_before_everything(inputs, tmp_path):
    mine = tmp_path / "mine.onnx"
    mine.touch()
    found = inputs(settings={"model": mine}, language="ja")
    assert found.model() == mine
    assert found.model_spec() is None


@pytest.mark.parametrize("where", ["spec", "settings"])
def test_a_licence_is_accepted_by_the_job_or_by_the_operator(inputs, server, where):
    server.put("/h/x/resolve/main", "model.pth", "config.json", "vocab.json")
    entry = {"engine": "xtts", "uri": "hf://h/x", "licence": "CPML", "mustAccept": True}
    job = {"engine": "xtts", "language": "pt-BR", "voice": {"speaker": "Ana Florence"}}
    with pytest.raises(ModelUnusableError, match=r"CPML.*spec\.acceptLicences"):
        inputs([entry], **job).model()
    if where == "spec":
        found = inputs([entry], **job, acceptLicences=["CPML"])
    else:
        found = inputs([entry], settings={"accepted_licences": ("CPML",)}, **job)
    assert (found.model() / "model.pth").exists()


@pytest.mark.parametrize("voice", [{"speaker": "Ana Florence"}, {"reference": REFERENCE}])
def test_without_the_licence_nothing_is_fetched(inputs, server, voice):
    server.put("/h/x/resolve/main", "model.pth", "config.json", "vocab.json")
    job = {"engine": "xtts", "language": "pt-BR", "voice": voice, "model": {"uri": "hf://h/x"}}
    found = inputs(**job)
    for asked in (found.model, found.reference):
        if asked == found.model or "reference" in voice:
            with pytest.raises(ModelUnusableError, match="acceptLicences"):
                asked()
    assert server.asked == []
    assert (inputs(**job, acceptLicences=["cpml"]).model() / "model.pth").exists()


def f5(**spec):
    return {"engine": "f5-tts", "language": "en", "voice": {"reference": REFERENCE}, **spec}


CHECKPOINT = {
    "engine": "f5-tts",
    "language": "en",
    "uri": "hf://h/f5/model.safetensors",
    "variant": "v1",
}
VOCOS = {"engine": "f5-tts", "part": "vocoder", "uri": "hf://h/vocos"}


def test_a_checkpoint_of_the_catalogue_tells_its_variant_and_gets_its_vocoder(inputs, server):
    server.put("/h/f5/resolve/main", "model.safetensors", "vocab.txt")
    server.put("/h/vocos/resolve/main", "config.yaml", "pytorch_model.bin")
    found = inputs([CHECKPOINT, VOCOS], **f5())
    model = found.model()
    assert model.with_name("vocab.txt").exists()
    assert found.model_spec().variant == "v1"
    assert (found.vocoder(model) / "config.yaml").exists()


def test_a_vocoder_beside_the_checkpoint_is_left_to_the_engine(inputs, server, tmp_path):
    model = tmp_path / "mine.safetensors"
    model.touch()
    (tmp_path / "vocos").mkdir()
    assert inputs([VOCOS], settings={"model": model}, **f5()).vocoder(model) is None
    named = {"model": model, "vocoder": tmp_path / "other"}
    assert inputs([VOCOS], settings=named, **f5()).vocoder(model) == tmp_path / "other"
    assert server.asked == []


def test_no_other_engine_has_a_vocoder(inputs, tmp_path):
    assert inputs().vocoder(tmp_path) is None


def test_a_conversion_takes_what_lies_beside_its_model(inputs, tmp_path, server):
    folder = tmp_path / "conversion" / "voices"
    (folder / "hubert").mkdir(parents=True)
    for name in ("me.pth", "me.index", "rmvpe.pt"):
        (folder / name).touch()
    wanted = {"modelUri": "pvc://c/voices/me.pth", "indexUri": "pvc://c/voices/me.index"}
    found = inputs(voice={"conversion": wanted}).conversion()
    assert (found.model, found.index) == (folder / "me.pth", folder / "me.index")
    assert (found.hubert, found.rmvpe()) == (folder / "hubert", folder / "rmvpe.pt")
    assert server.asked == []


def test_a_conversion_fetches_what_is_missing(inputs, server):
    server.put("/h/v/resolve/main", "me.pth")
    server.put("/h/hubert/resolve/main", "config.json", "model.safetensors")
    server.put("/h/rmvpe/resolve/main", "rmvpe.pt")
    entries = [
        {"engine": "rvc", "part": "hubert", "uri": "hf://h/hubert"},
        {"engine": "rvc", "part": "rmvpe", "uri": "hf://h/rmvpe/rmvpe.pt"},
    ]
    wanted = {"modelUri": "hf://h/v/me.pth"}
    found = inputs(entries, voice={"conversion": wanted}).conversion()
    assert found.model.read_bytes() == b"me.pth"
    assert found.index is None
    assert (found.hubert / "config.json").exists()
    assert not any("rmvpe" in path for path in map(str, server.asked))
    assert found.rmvpe().read_bytes() == b"rmvpe.pt"
    server.asked.clear()
    harvest = inputs(entries, voice={"conversion": wanted | {"pitchMethod": "harvest"}})
    assert harvest.conversion().rmvpe() is None
    assert server.asked == []


def test_no_conversion_is_none_and_a_missing_one_is_told(inputs):
    assert inputs().conversion() is None
    wanted = {"conversion": {"modelUri": "pvc://c/me.pth"}}
    with pytest.raises(
        ModelUnusableError,
        match=r"me\.pth at pvc://c/me\.pth \(spec\.voice\.conv.*VOICEJOB_CONVERSION_DIR",
    ):
        inputs(voice=wanted).conversion()


def test_a_part_of_the_catalogue_needs_an_address(inputs, tmp_path):
    (tmp_path / "conversion").mkdir()
    (tmp_path / "conversion" / "me.pth").touch()
    entry = {"engine": "rvc", "part": "hubert"}
    wanted = {"conversion": {"modelUri": "pvc://c/me.pth"}}
    with pytest.raises(ModelUnusableError, match="no address to fetch it from"):
        inputs([entry], voice=wanted).conversion()


def test_an_engine_is_assembled_from_what_was_fetched(inputs, server, tmp_path):
    path = voice_path()
    server.files["/de.onnx"] = File(path.read_bytes())
    content = json.loads(path.with_name(f"{path.name}.json").read_text())
    content |= {"language": {"code": "de_DE"}}
    server.files["/de.onnx.json"] = File(json.dumps(content).encode())
    found = inputs(language="de", model={"uri": f"{server.address}/de.onnx"})
    settings = Settings(threads=1)
    spec = VoiceJobSpec.model_validate({"text": "Guten Tag.", "language": "de"})
    assert assemble_engine(spec, settings, found, None).languages == ("de-DE",)


def test_a_long_fetch_gives_signs_of_life(inputs, server):
    from voicejob_worker.models.progress import FetchLines

    server.files["/v/x.onnx"] = File(bytes(1 << 20), pause=0.02)
    server.put("/v", "x.onnx.json")
    told, lives = [], []
    found = inputs(model={"uri": f"{server.address}/v/x.onnx"})
    found.progress = FetchLines(
        lambda event, **facts: told.append((event, facts)), lambda: lives.append(1)
    )
    found.model()
    assert len(lives) >= 16
    assert told[0] == (
        "fetching a model",
        {"file": "x.onnx", "mib": 0, "of_mib": 1, "percent": 0},
    )


def test_voices_are_kept_with_the_models_that_pods_share(inputs, tmp_path):
    found = inputs()
    assert found.voices_dir == tmp_path / "cache"
    (tmp_path / "models").mkdir()
    assert found.voices_dir == tmp_path / "models"


def test_voices_stay_in_the_pod_where_others_share_the_models(inputs, tmp_path):
    (tmp_path / "models").mkdir()
    assert inputs(settings={"keep_voices": False}).voices_dir == tmp_path / "cache"


def test_voices_stay_in_the_pod_where_the_models_cannot_be_written(inputs, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.setattr("os.access", lambda *_: False)
    assert inputs().voices_dir == tmp_path / "cache"


def test_an_engine_is_told_where_voices_are_kept_and_recordings_stay(inputs, tmp_path, monkeypatch):
    from voicejob_worker.reference.cache import ReferenceCache
    from voicejob_worker.synthesis import assembly

    (tmp_path / "models").mkdir()
    recording = tmp_path / "voice.wav"
    recording.touch()
    model = tmp_path / "model.pth"
    model.touch()
    found = inputs(
        engine="xtts",
        voice={"reference": REFERENCE},
        acceptLicences=["CPML"],
        settings={"reference": recording, "model": model},
    )
    kept = []
    monkeypatch.setattr(ReferenceCache, "get_or_make", lambda self, *_, **__: kept.append(self))
    monkeypatch.setattr(assembly, "make_engine", lambda name, config: config)
    spec = found._spec
    config = assembly.assemble_engine(spec, Settings(threads=1), found, found.reference())
    assert config.cache_dir == tmp_path / "models"
    assert kept[0].directory == tmp_path / "cache" / "references"


@pytest.mark.parametrize("digest", [None, hashlib.sha256(b"no model").hexdigest()])
def test_a_fetched_model_that_cannot_be_read_is_told_with_what_to_remove(
    inputs, server, tmp_path, digest
):
    server.put("/v", "x.onnx.json")
    server.files["/v/x.onnx"] = File(b"no model")
    address = f"{server.address}/v/x.onnx"
    found = inputs(model={"uri": address, **({"sha256": digest} if digest else {})})
    engine = assemble_engine(found._spec, found._settings, found, None)
    with pytest.raises(ModelUnusableError) as caught, found.naming_unverified():
        engine.load()
    assert (str(tmp_path / "models") in caught.value.message) == (digest is None)
    assert ("remove it and it is fetched again" in caught.value.message) == (digest is None)
