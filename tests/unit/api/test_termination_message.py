"""Whatever a worker has to say fits into what the kubelet keeps, and the audio is always in it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from voicejob_api.pod import TERMINATION_MESSAGE_LIMIT
from voicejob_api.report import WorkerReport
from voicejob_api.status import (
    VRAM,
    AudioResult,
    GPUInfo,
    ModelInfo,
    Performance,
    Progress,
    Quality,
    ReferenceInfo,
    Stage,
    StageVRAM,
)

LONG = st.text(max_size=6000)
SHORT = st.text(max_size=40)


def audio(uri):
    return st.builds(
        AudioResult,
        uri=uri,
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
        sizeBytes=st.integers(0, 2**40),
        format=st.sampled_from(["wav", "flac", "mp3", "opus"]),
        sampleRate=st.integers(8000, 96000),
        durationSeconds=st.floats(0, 1e6),
        duration=st.just("1h02m"),
        subtitles=st.dictionaries(st.sampled_from(["srt", "vtt"]), uri),
    )


def reports(uri):
    return st.builds(
        WorkerReport,
        stage=st.sampled_from(Stage),
        progress=st.builds(Progress, percent=st.integers(0, 100)),
        performance=st.builds(Performance, synthesis_seconds=st.floats(0, 1e9)),
        gpu=st.none() | st.builds(GPUInfo, name=LONG, uuid=SHORT, computeCapability=SHORT),
        vram=st.none()
        | st.builds(VRAM, device_peak_mib=st.integers(0, 2**40), floor_mib=st.integers(0, 2**40)),
        audio=st.none() | audio(uri),
        quality=st.none()
        | st.builds(Quality, faults=st.dictionaries(SHORT, st.integers(0, 999)), recogniser=LONG),
        model=st.none() | st.builds(ModelInfo, precision=LONG),
        reference=st.none() | st.builds(ReferenceInfo, notes=st.lists(LONG, max_size=9)),
        exit_code=st.none() | st.integers(0, 255),
        reason=LONG,
        message=LONG,
    )


@given(reports(LONG))
def test_every_report_fits(report):
    encoded = report.termination_message()
    assert len(encoded) <= TERMINATION_MESSAGE_LIMIT
    assert WorkerReport.model_validate_json(encoded).exit_code == report.exit_code


@given(reports(st.text("abcdefghijklmnopqrstuvwxyz0123456789/:-.é", max_size=1500)))
def test_the_audio_is_told_whole_whatever_else_there_is_to_say(report):
    told = WorkerReport.model_validate_json(report.termination_message())
    if report.audio is None:
        assert told.audio is None
    else:
        kept = {"uri", "sha256", "size_bytes", "duration_seconds", "duration"}
        assert told.audio.model_dump(include=kept) == report.audio.model_dump(include=kept)


def test_what_fits_is_told_as_it_is():
    report = WorkerReport(message="done", reference=ReferenceInfo(notes=["a", "b"]))
    assert WorkerReport.model_validate_json(report.termination_message()) == report


def test_notes_are_given_up_before_figures_and_figures_before_the_address_of_subtitles():
    stored = AudioResult(
        uri="s3://bucket/" + "a" * 900,
        sha256="0" * 64,
        size_bytes=1,
        format="wav",
        sample_rate=22050,
        duration_seconds=1.0,
        subtitles={"srt": "s3://bucket/" + "a" * 900},
    )
    report = WorkerReport(
        exit_code=0,
        audio=stored,
        quality=Quality(loudness_lufs=-16.0),
        reference=ReferenceInfo(duration_seconds=8.0, notes=["n" * 3000]),
        message="m" * 500,
    )
    told = json.loads(report.termination_message())
    assert told["reference"] == {"durationSeconds": 8.0, "notes": []}
    assert told["quality"]["loudnessLUFS"] == -16.0
    assert told["audio"]["subtitles"] == stored.subtitles
    assert told["message"] == "m" * 500


def test_what_computed_is_told_where_there_is_no_room_for_why():
    model = ModelInfo(device="cpu", precision="float32", device_message="w" * 3900)
    told = json.loads(WorkerReport(model=model, message="m" * 500).termination_message())
    assert told["model"] == {"device": "cpu", "precision": "float32"}
    assert told["message"] == "m" * 500


def test_a_long_message_leaves_the_figures_alone_and_keeps_its_beginning():
    report = WorkerReport(message="why " * 2000, quality=Quality(loudness_lufs=-16.0))
    told = json.loads(report.termination_message())
    assert told["quality"] == {"loudnessLUFS": -16.0, "faults": {}, "notes": []}
    assert told["message"].startswith("why why")
    assert len(told["message"]) > 3500


def test_one_that_died_of_memory_tells_every_stage_beside_a_long_message():
    figures = ("allocated_peak", "reserved_peak", "device_peak", "process_peak")
    measured = {f"{name}_mib": 81559 for name in (*figures, "allocated_after", "device_after")}
    names = ("load", "synthesise", "vocode", "convert", "unload")
    stages = [StageVRAM(name=name, **measured) for name in names]
    total = {f"{name}_mib": 81559 for name in (*figures, "requested", "device_before")}
    vram = VRAM(stages=stages, device_baseline_mib=81559, **total)
    gpu = GPUInfo(
        name="NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        uuid="MIG-" + "0" * 36,
        memory_mib=81559,
        cuda_memory_mib=9728,
        compute_capability="9.0",
        driver="580.65.06",
    )
    report = WorkerReport(gpu=gpu, vram=vram, exit_code=20, message="why " * 256)
    assert WorkerReport.model_validate_json(report.termination_message()) == report
    crowded = report.model_copy(update={"reason": "r" * 1800})
    told = WorkerReport.model_validate_json(crowded.termination_message()).vram
    assert told == vram.model_copy(update={"stages": []})
