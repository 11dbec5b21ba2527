"""``voicejob-worker run`` as a process: every end, its exit code, and what it says."""

import hashlib
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


REFUSED = {
    "only emoji": ({"text": "\U0001f600\U0001f680 \U0001f600"}, 10, "InvalidInput", "3 emoji"),
    "punctuation": ({"text": "... !? --"}, 10, "InvalidInput", "punctuation"),
    "language": (
        {"text": "nuqneH.", "language": "tlh"},
        10,
        "InvalidInput",
        "It has models for ca-ES",
    ),
    "no text": ({}, 10, "InvalidInput", "exactly one of text and textFrom"),
    "no mounted text": (
        {"textFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}},
        10,
        "TextMissing",
        "--text-file",
    ),
    "no credentials": (
        {"text": "Hello.", "output": {"uri": "s3://bucket/x/", "credentialsSecret": "mine"}},
        12,
        "StoreRefused",
        "the Secret mine must have AWS_ACCESS_KEY_ID",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_ends_at_once_with_what_was_found(store, worker, case):
    spec, code, reason, words = REFUSED[case]
    worker.write_job(**spec)
    worker.write_grants(store.grants())
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (code, reason), ended.output
    assert words in ended.report["message"]
    assert not [request for request in store.requests if request.method == "PUT"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A fine start, then \xff\xfe nonsense.", "byte 0xff at offset 19"),
        (b"w" * 1_000_000, "has 1000000 characters; this operator's limit is 500000"),
        (b"w" * 9_000_000, "limit is 500000 characters (worker.maxCharacters)"),
    ],
)
def test_a_mounted_text_that_cannot_be_taken_says_why(store, worker, content, words):
    worker.write_job(textFrom={"configMapKeyRef": {"name": "a", "key": "b"}})
    worker.write_grants(store.grants())
    (worker.home / "text").write_bytes(content)
    ended = worker.run()
    assert ended.code == 10
    assert words in ended.report["message"]


@pytest.mark.parametrize(
    "content",
    [
        b"A line.\r\nAnother\0 line.\r\n",
        b"\xef\xbb\xbfA text with a byte order mark.",
        "Z\u0335a\u0336l\u0337g\u0338o and \u200bzero\u200dwidth, \u202eright to left.".encode(),
    ],
)
def test_odd_characters_are_spoken(worker, content):
    worker.write_job(textFrom={"configMapKeyRef": {"name": "a", "key": "b"}})
    (worker.home / "text").write_bytes(content)
    assert worker.run("run", "--output", "out").code == 0


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


def test_neither_text_nor_secrets_are_ever_told(store, worker):
    worker.write_job(text="Xylophone quagmire zeppelin.")
    worker.write_grants(store.grants())
    worker.environment["AWS_SECRET_ACCESS_KEY"] = "hushhush"
    good = worker.run()
    store.rule = lambda _: _error_quoting_everything()
    bad = worker.run()
    assert (good.code, bad.code) == (0, 12)
    told = good.output + bad.output + str(good.report) + str(bad.report)
    for secret in ("ylophone", "zeppelin", "topsecret", "X-Amz", "hushhush"):
        assert secret not in told, secret


def _error_quoting_everything():
    from types import SimpleNamespace

    body = b"<Error><Code>SignatureDoesNotMatch</Code><Message>X-Amz topsecret</Message></Error>"
    return SimpleNamespace(status=403, body=body, headers={})


def test_an_unforeseen_fault_is_named_by_its_place_only(store, worker):
    (worker.home / "break").mkdir()
    (worker.home / "break" / "sitecustomize.py").write_text(
        "import voicejob_worker.text.chunks as c\n"
        "def fail(text, *_): raise KeyError(text)\n"
        "c.split_chunks = fail\n"
    )
    worker.environment["PYTHONPATH"] += f":{worker.home / 'break'}"
    worker.write_job(text="Xylophone.")
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 21
    assert ended.report["reason"] == "TransientFault"
    assert ended.report["message"].startswith("KeyError at break/sitecustomize.py:2")
    assert "ylophone" not in ended.output


def test_a_worker_connects_to_the_store_and_nowhere_else(store, worker):
    strace = shutil.which("strace")
    assert strace, "strace is needed to see what the worker connects to"
    trace = worker.home / "trace"
    worker.write_job(text="Nothing phones home. " * 20)
    worker.write_grants(store.grants())
    calls = "connect,sendto,sendmsg,sendmmsg,openat"
    ended = worker.run(wrapper=(strace, "-f", "-qq", "-e", f"trace={calls}", "-o", str(trace)))
    assert ended.code == 0, ended.output
    lines = trace.read_text().splitlines()
    addressed = [line for line in lines if "sa_family=AF_INET" in line]
    port = f"htons({store.server.server_address[1]})"
    assert addressed
    assert [line for line in addressed if port not in line] == []
    local = [line for line in lines if "sa_family=AF_UNIX" in line or "AF_NETLINK" in line]
    assert [line for line in local if "nscd" not in line] == []
    # onnxruntime's telemetry client opens its session file as soon as it is made, long before it
    # sends anything.
    assert [line for line in lines if '/.ses"' in line] == []


def test_a_text_in_letters_that_its_language_does_not_use_is_told(worker, store):
    worker.write_grants(store.grants())
    worker.write_job(text="Hello there, 今天天气很好我们去公园吧.")
    ended = worker.run()
    assert ended.code == 0
    [note] = ended.report["quality"]["notes"]
    assert note.startswith("55 % of the letters are Han, which en-US does not use")
    assert "天" not in ended.output


def test_a_text_of_such_letters_alone_is_refused_before_it_is_spoken(worker, store):
    worker.write_grants(store.grants())
    worker.write_job(text="你好世界，今天天气很好。")
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "InvalidInput")
    assert "nothing to speak: 100 % of the letters are Han" in ended.report["message"]
    assert store.objects == {}
