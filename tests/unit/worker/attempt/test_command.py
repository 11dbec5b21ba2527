"""``voicejob-worker run`` as a process: every end, its exit code, and what it says."""

import hashlib
import json
import shutil
import signal
import sys
import time
import wave

import pytest

LONG = " ".join(f"This is sentence number {n}, and it is followed by another." for n in range(24))


def wait_for(condition, process, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)


def test_a_job_in_a_pod_ends_in_the_store_with_a_full_report(store, worker):
    worker.write_job(
        text="Hello from the pod. It is 5 o'clock. \U0001f600", audio={"subtitles": ["srt"]}
    )
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    audio = ended.report["audio"]
    content = store.objects["/voices/audio"]
    assert audio["uri"] == "s3://voices/audio"
    assert audio["subtitles"] == {"srt": "s3://voices/srt"}
    assert audio["sha256"] == hashlib.sha256(content).hexdigest()
    assert audio["sizeBytes"] == len(content)
    assert ended.report["exitCode"] == 0
    assert ended.report["progress"]["percent"] == 100
    performance = ended.report["performance"]
    parts = ("import", "modelLoad", "synthesis", "mastering", "upload")
    assert all(performance[f"{part}Seconds"] > 0 for part in parts)
    assert performance["realTimeFactor"] > 0
    assert -16.6 < ended.report["quality"]["loudnessLUFS"] < -15.4
    assert ended.report["quality"]["truePeakDBTP"] <= -1.0
    assert '"emoji": 1' in ended.output


def test_on_a_laptop_the_file_lies_in_the_folder_and_nothing_else(worker):
    worker.write_job(uid="", text="Hello. It works.")
    ended = worker.run("run", "--job", "job.json", "--output", "out")
    assert ended.code == 0, ended.output
    assert [path.name for path in (worker.home / "out").iterdir()] == ["hello.wav"]
    assert "sha256" in ended.output
    with wave.open(str(worker.home / "out" / "hello.wav")) as audio:
        assert audio.getnframes() > audio.getframerate()
    assert not (worker.home / "termination-log").exists()


@pytest.mark.parametrize("option", ["--output", "--model", "--job"])
def test_a_path_that_is_not_utf_8_is_told_before_a_word_is_spoken(worker, option):
    worker.write_job(uid="", text="Hello. It works.")
    options = {"--job": "job.json", "--output": "out"} | {option: "caf\udce9"}
    ended = worker.run("run", *(part for pair in options.items() for part in pair))
    assert ended.code == 10
    assert ended.output.startswith(f"InvalidInput: {option}: a name in 'caf\\udce9' is not UTF-8")


def test_what_computes_is_told_where_it_is_not_the_gpu_that_was_asked_for(worker):
    worker.write_job(uid="", text="Hello.", gpu={})
    ended = worker.run("run", "--job", "job.json", "--output", "out")
    assert ended.code == 0, ended.output
    assert "the engine computes on: device cpu" in ended.output
    assert "the GPU that was asked for stays idle" in ended.output


def test_a_flag_goes_before_the_job_file(worker):
    worker.write_job(uid="", text="Hello.", device="cuda", gpu={})
    ended = worker.run("run", "--job", "job.json", "--output", "out", "--device", "cpu")
    assert ended.code == 0, ended.output
    assert "stays idle" not in ended.output


@pytest.mark.parametrize("fallback", [False, True])
def test_a_gpu_that_is_not_here_is_told_before_any_model_is_loaded(worker, fallback):
    """The eighth GPU: no machine that runs this has it."""
    (worker.home / "model.safetensors").write_bytes(b"no model")
    with wave.open(str(worker.home / "voice.wav"), "wb") as silence:
        silence.setparams((1, 2, 24_000, 0, "NONE", ""))
        silence.writeframes(bytes(5 * 2 * 24_000))
    worker.write_job(
        text="Hello.",
        engine="f5-tts",
        device="cuda:7",
        gpu={"count": 8, "fallbackToCPU": fallback},
        model={"uri": "pvc://models/model.safetensors"},
        voice={"reference": {"uri": "pvc://voices/voice.wav", "transcript": "Hello."}},
    )
    options = ["--model", "model.safetensors", "--reference", "voice.wav", "--vocoder", "."]
    ended = worker.run("run", "--job", "job.json", "--output", "out", *options)
    if fallback:
        assert ended.code == 10, ended.output  # it went on, to the recording that is none
        return
    assert ended.code == 13, ended.output
    assert "GPUDriverMissing" in ended.output or "NoSuchGPU" in ended.output
    assert "spec.gpu" in ended.output


@pytest.mark.parametrize("audio_format", ["wav", "opus"])
def test_the_same_job_gives_the_same_bytes(worker, audio_format):
    worker.write_job(text="The same words. The same bytes.", audio={"format": audio_format})
    for folder in ("one", "two"):
        assert worker.run("run", "--output", folder).code == 0
    one, two = (
        (worker.home / folder / f"hello-01234567.{audio_format}").read_bytes()
        for folder in ("one", "two")
    )
    assert one == two


def test_a_killed_pod_is_resumed_with_the_same_bytes(store, worker):
    worker.environment["VOICEJOB_CHECKPOINT_SECONDS"] = "0.2"
    worker.write_job(text=LONG)
    worker.write_grants(store.grants())
    process = worker.start()
    wait_for(lambda: len(store.objects.get("/voices/checkpoint", b"")) > 60_000, process)
    process.kill()
    process.communicate()
    shutil.rmtree(worker.home / "work")
    resumed = worker.run()
    assert resumed.code == 0, resumed.output
    assert 0 < resumed.report["chunksResumed"] < 24
    from_two = store.objects.pop("/voices/audio")
    store.objects.clear()
    shutil.rmtree(worker.home / "work")
    whole = worker.run()
    assert whole.report["chunksResumed"] == 0
    assert store.objects["/voices/audio"] == from_two


def test_sigterm_saves_the_finished_chunks_and_ends_with_143(store, worker):
    worker.write_job(text=LONG)
    worker.write_grants(store.grants())
    process = worker.start()
    joined = worker.home / "work" / "joined.s16"
    wait_for(lambda: joined.exists() and joined.stat().st_size > 200_000, process)
    assert "/voices/checkpoint" not in store.objects
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert time.monotonic() - asked < 15
    assert process.returncode == 143
    assert worker.termination()["exitCode"] == 143
    assert worker.termination()["reason"] == "Stopped"
    assert len(store.objects["/voices/checkpoint"]) > 10_000


def test_a_store_down_at_the_end_costs_no_synthesis_twice(store, worker):
    worker.write_job(text="One sentence here. And another one there.")
    worker.write_grants(store.grants())

    def audio_is_down(request):
        from types import SimpleNamespace

        if request.path in ("/voices/audio", "/voices/srt"):
            return SimpleNamespace(status=503, body=b"", headers={})
        return None

    store.rule = audio_is_down
    first = worker.run()
    assert first.code == 21
    assert first.report["reason"] == "StoreUnavailable"
    shutil.rmtree(worker.home / "work")
    store.rule = lambda _: None
    second = worker.run()
    assert second.code == 0
    assert second.report["chunksResumed"] == second.report["progress"]["chunksTotal"]
    assert "realTimeFactor" not in second.report["performance"]


def test_audio_waits_for_a_store_that_is_away_for_longer_than_anything_else(store, worker):
    worker.environment["VOICEJOB_UPLOAD_RETRY_SECONDS"] = "60"
    worker.write_job(text="One sentence here.")
    worker.write_grants(store.grants())
    refused = []

    def away_at_the_end(request):
        if request.path != "/voices/audio" or len(refused) == 4:
            return None
        refused.append(request)
        return store.indiscreet_refusal()

    store.rule = away_at_the_end
    ended = worker.run()
    assert ended.code == 0, ended.output
    assert len(refused) == 4
    assert '"event": "waiting"' in ended.output
    assert "SignatureDoesNotMatch" in ended.output


def test_the_last_report_is_kept_in_the_store(store, worker):
    worker.write_job(text="One sentence here.")
    place = store.grant("results/1")
    worker.write_grants(store.grants().model_copy(update={"result_write": place}))
    ended = worker.run()
    assert ended.code == 0, ended.output
    kept = json.loads(store.objects["/voices/results/1"])
    assert kept == ended.report
    order = [request.path for request in store.requests if request.method == "PUT"]
    assert order.index("/voices/audio") < order.index("/voices/results/1")


def test_a_result_that_cannot_be_kept_fails_no_job_whose_audio_is_stored(store, worker):
    worker.write_job(text="One sentence here.")
    place = store.grant("results/1")
    worker.write_grants(store.grants().model_copy(update={"result_write": place}))
    store.rule = lambda request: (
        store.indiscreet_refusal() if request.path == "/voices/results/1" else None
    )
    ended = worker.run()
    assert ended.code == 0, ended.output
    assert ended.report["audio"]["uri"] == "s3://voices/audio"
    assert '"event": "the result was not kept"' in ended.output
    assert "topsecret" not in ended.output


def test_a_key_that_may_not_write_is_found_before_a_word_is_spoken(store, worker):
    worker.write_job(text=LONG, output={"uri": "s3://mine/a/", "credentialsSecret": "mine"})
    worker.write_grants(store.grants())
    worker.environment |= {
        "AWS_ACCESS_KEY_ID": "me",
        "AWS_SECRET_ACCESS_KEY": "hushhush",
        "AWS_ENDPOINT_URL": store.endpoint,
    }
    store.rule = lambda request: (
        store.indiscreet_refusal() if request.path.startswith("/mine") else None
    )
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (12, "StoreRefused"), ended.output
    message = ended.report["message"]
    assert message.startswith("spec.output.uri: the S3 store at ")
    assert "SignatureDoesNotMatch" in message
    assert '"Loading"' not in ended.output
    assert "chunksTotal" in ended.report["progress"]
    assert ended.report["progress"]["chunksTotal"] == 0
    assert "hushhush" not in ended.output


def test_a_claim_that_cannot_be_written_is_found_before_a_word_is_spoken(store, worker):
    worker.environment["VOICEJOB_OUTPUT_DIR"] = "/sys"
    worker.write_job(
        text=LONG, output={"persistentVolumeClaim": {"claimName": "audio", "subPath": "a"}}
    )
    worker.write_grants(store.grants())
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (12, "StoreRefused"), ended.output
    assert "the PersistentVolumeClaim audio refused to write" in ended.report["message"]
    assert ended.report["progress"]["chunksTotal"] == 0


def test_a_text_that_is_not_there_is_found_before_a_model_is_fetched(store, worker):
    store.objects["/models/x.onnx"] = bytes(1000)
    store.objects["/models/x.onnx.json"] = b"{}"
    worker.environment["VOICEJOB_MODEL_CACHE_DIR"] = str(worker.home / "models")
    worker.write_job(
        textFrom={"uri": f"{store.endpoint}/gone.txt"},
        model={"uri": f"{store.endpoint}/models/x.onnx"},
    )
    worker.write_grants(store.grants())
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "TextMissing"), ended.output
    assert not list(worker.home.rglob("x.onnx*"))


@pytest.mark.parametrize("refused", ["SignatureDoesNotMatch", "InvalidAccessKeyId"])
def test_speech_goes_on_while_the_store_refuses_the_grants(store, worker, refused):
    """Its key was changed while the worker spoke: no word is spoken twice for that."""
    worker.environment |= {
        "VOICEJOB_CHECKPOINT_SECONDS": "0.2",
        "VOICEJOB_UPLOAD_RETRY_SECONDS": "60",
    }
    worker.write_job(text=LONG)
    withdrawn = "X-Amz-Signature=withdrawn"
    worker.write_grants(store.grants(withdrawn))
    body = f"<Error><Code>{refused}</Code></Error>".encode()

    def rule(request):
        if request.query != withdrawn or request.method == "GET":
            return None
        if request.path == "/voices/audio":
            worker.write_grants(store.grants())
        from types import SimpleNamespace

        return SimpleNamespace(status=403, body=body, headers={})

    store.rule = rule
    ended = worker.run()
    assert ended.code == 0, ended.output
    assert "the checkpoint was not saved" in ended.output
    assert ended.report["chunksResumed"] == 0


def test_a_short_grace_still_gets_the_last_word_out(store, worker):
    """The store hangs, and would be waited for: the kubelet kills after five seconds."""
    worker.environment["VOICEJOB_TERMINATION_GRACE_SECONDS"] = "5"
    worker.write_job(text=LONG)
    worker.write_grants(store.grants())
    store.rule = lambda request: time.sleep(60) if request.method == "PUT" else None
    process = worker.start()
    joined = worker.home / "work" / "joined.s16"
    wait_for(lambda: joined.exists() and joined.stat().st_size > 200_000, process)
    process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    process.communicate(timeout=30)
    assert time.monotonic() - asked < 5
    assert process.returncode == 143
    told = worker.termination()
    assert (told["exitCode"], told["reason"]) == (143, "Stopped")
    assert told["progress"]["chunksDone"] > 0


MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def test_an_endless_sentence_stays_under_a_gibibyte(worker):
    worker.write_job(text="word " * 300)
    process = worker.run("run", "--output", "out", wrapper=(sys.executable, "-c", MEASURE))
    assert process.code == 0, process.output
    peak = int(process.output.rsplit("peak ", 1)[1].split()[0])
    assert peak < 1024 * 1024, f"{peak} KiB"
