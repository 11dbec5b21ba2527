"""``describe``, ``logs``, ``suspend``, ``resume``: what a person reads and does."""

import json

import pytest
from aiohttp import web
from cli_world import NAMESPACE, failed, spoken
from terminal_seen import on_a_terminal, plain

from voicejob_api import names

FULL = {
    **spoken(b"x" * 534_730, subtitles={"srt": "s3://x/letter.srt"}),
    "attemptsTotal": 2,
    "retriesUsed": 1,
    "performance": {"realTimeFactor": 0.102, "queueSeconds": 0.4, "totalSeconds": 75},
    "jobs": [
        {"number": 0, "name": "j0", "reason": "Created", "message": "The Job is made"},
        {"number": 1, "name": "j1", "gpu": {"allocation": "HAMi", "resource": "nvidia.com/gpu"}},
        {"number": 2, "name": "j2", "message": "half as much again", "memory": "4Gi"},
    ],
    "attempts": [
        {
            "number": 1,
            "pod": "letter-1-0-abc",
            "node": "gpu-1",
            "startedAt": "2026-11-29T10:00:00Z",
            "finishedAt": "2026-11-29T10:03:05Z",
            "outcome": "Failed",
            "exitCode": 20,
            "reason": "GPUOutOfMemory",
            "message": "the GPU's memory ran out",
            "gpu": {"name": "NVIDIA A100", "computeCapability": "8.0"},
            "vram": {
                "summary": "5120/6144 MiB",
                "devicePeakMiB": 6100,
                "floorMiB": 2048,
                "stages": [{"name": "load", "devicePeakMiB": 3000}],
            },
        },
        {"number": 2, "pod": "letter-2-0-abc", "outcome": "Succeeded", "chunksResumed": 7},
    ],
    "quality": {
        "accepted": "BestEffort",
        "loudnessLUFS": -16.02,
        "truePeakDBTP": -1.5,
        "chunksChecked": 9,
        "chunksRetried": 2,
        "faults": {"TooLong": 3},
        "notes": ["chunk 4 was shipped although it is too long"],
    },
}
STORY = (
    "Name         team/letter",
    "Asked for    piper, en-US, 6 characters, wav",
    "Phase        Succeeded",
    "0.4s  until a node was found",
    "1m15s  from creation to the end",
    "Jobs         1: GPU by HAMi nvidia.com/gpu",
    "2: memory 4Gi; half as much again",
    "Attempts     2, 1 of 2 retries used",
    "1. Failed after 3m5s on gpu-1, exit code 20 (pod letter-1-0-abc)",
    "GPUOutOfMemory: the GPU's memory ran out",
    "NVIDIA A100, compute capability 8.0",
    "VRAM 5120/6144 MiB, peak of the device 6100 MiB, 2048 MiB would have done",
    "by stage, MiB: load 3000",
    "took over 7 finished chunks",
    "Audio        12s of wav, 22050 Hz, 534730 bytes",
    "Subtitles    srt",
    "Quality      BestEffort; -16.0 LUFS; true peak -1.5 dBTP; 9 chunks checked, 2 spoken again",
    "TooLong 3",
    "Notes        chunk 4 was shipped although it is too long",
    "What to do   kubectl voicejob fetch letter --namespace team",
)


def test_a_story_has_all_that_is_known_and_never_the_text(world):
    world.voicejob("letter", text="secret", status=FULL)
    result = world.run("describe", "letter")
    assert result.exit_code == 0, result.output
    for line in STORY:
        assert line in result.stdout, line
    assert "secret" not in result.stdout
    assert "The Job is made" not in result.stdout


def test_one_that_was_not_spoken_anew_says_so(world):
    told = (
        "Nothing was spoken: exactly this was stored before, 12s of audio at s3://mine/letter.wav"
    )
    complete = {"type": "Complete", "status": "True", "reason": "AlreadySpoken", "message": told}
    status = {**spoken(b"x"), "reason": "AlreadySpoken", "conditions": [complete]}
    world.voicejob("letter", status=status)
    assert f"Reason       AlreadySpoken: {told}" in world.run("describe", "letter").stdout
    explained = world.run("explain", "AlreadySpoken").stdout
    assert "output.skipIfSpoken" in " ".join(explained.split())


def test_a_failed_one_says_what_to_do(world):
    world.voicejob("letter", status=failed("GPUTooSmall", "it has 4096 MiB"))
    story = world.run("describe", "letter").stdout
    assert "Reason       GPUTooSmall: it has 4096 MiB" in story
    assert "What to do   The GPU has less memory than was asked for" in story
    assert "another node is tried" in story


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (None, "Phase        Pending"),
        ({"phase": "Suspended", "reason": "SuspendRequested"}, "kubectl voicejob resume letter"),
        ({"phase": "Failed", "reason": "Unheard"}, "kubectl voicejob logs letter"),
        (
            {"phase": "Running", "reason": "WorkerStarted", "progress": {"percent": 3}},
            "Running, 3% of the text",
        ),
        ({"phase": "Brooding", "surprise": [1]}, "Phase        Brooding"),
        (
            {
                "performance": {"realTimeFactor": "fast", "queueSeconds": "soon"},
                "quality": {"loudnessLUFS": "loud", "accepted": "Strict"},
                "attempts": [{"number": 1, "startedAt": "noon", "finishedAt": "2026-11-29"}],
            },
            "RTF          fast",
        ),
    ],
)
def test_a_story_goes_by_what_there_is(world, status, told):
    world.voicejob("letter", status=status)
    result = world.run("describe", "letter")
    assert result.exit_code == 0, result.output
    assert told in result.stdout


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://ana:hidden@a.example/b.txt?sig=hidden#hidden", "https://a.example/b.txt, "),
        ("https://a.example?hidden", "https://a.example, "),
        ("s3://texts/a?b", "s3://texts/a?b, "),
    ],
)
def test_what_may_be_secret_in_an_address_is_not_told(world, uri, shown):
    world.voicejob("letter", text=None, textFrom={"uri": uri})
    told = world.run("describe", "letter").stdout
    assert f"text from {shown}" in told
    assert "hidden" not in told


def test_a_voicejob_that_there_is_not_is_told(world):
    for command in ("describe", "fetch", "logs", "suspend", "resume"):
        result = world.run(command, "none")
        assert result.exit_code == 1, command
        assert 'voicejobs.voicejob.dev "none" not found' in result.stderr
        assert "kubectl voicejob list" in result.stderr


def test_what_may_be_copied_is_not_broken_at_the_width_of_the_terminal(world):
    world.voicejob("letter", status=spoken(b"x"))
    seen = plain(on_a_terminal(world, "describe", "letter", columns=40))
    assert "kubectl voicejob fetch letter --namespace team\n" in seen
    world.voicejob("young")
    seen = plain(on_a_terminal(world, "fetch", "young", columns=40, code=5))
    assert "kubectl voicejob fetch young --namespace team --wait\n" in seen


# -- logs ------------------------------------------------------------------------------------------

LINES = (
    json.dumps({"event": "stage", "stage": "Speaking", "timestamp": "2026-11-29T10:00:01.5+00:00"}),
    "Traceback (most recent call last):",
    json.dumps({"event": "progress", "chunks": [1, 2], "timestamp": "2026-11-29T10:00:11.5+00:00"}),
)


@pytest.fixture
def pods(world):
    """Two pods of a VoiceJob; each log says whose it is."""
    letter = world.voicejob("letter", status=FULL)
    for number, created in ((1, "2026-11-29T10:00:00Z"), (2, "2026-11-29T10:05:00Z")):
        name = f"letter-{number}-0-abc"
        labels = {names.LABEL_UID: letter["metadata"]["uid"]}
        metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
        body = {"metadata": {**metadata, "creationTimestamp": created}}
        world.do(world.server.objects.put, "", "pods", body)
        world.server.answers[f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/log"] = Log(name)


class Log:
    def __init__(self, name):
        self.name = name
        self.queries = []

    def __call__(self, request):
        self.queries.append(dict(request.query))
        return web.Response(text="\n".join((*LINES, self.name)))


def test_a_log_is_written_for_people(world, pods):
    result = world.run("logs", "letter")
    assert result.stdout.splitlines() == [
        "10:00:01  stage  stage=Speaking",
        "Traceback (most recent call last):",
        "10:00:11  progress  chunks=[1, 2]",
        "letter-2-0-abc",
    ]


def test_a_log_is_given_as_it_is_and_of_another_attempt(world, pods):
    result = world.run("logs", "letter", "--attempt", "1", "--raw", "--tail", "5", "-f")
    assert result.stdout.splitlines() == [*LINES, "letter-1-0-abc"]
    log = world.server.answers[f"/api/v1/namespaces/{NAMESPACE}/pods/letter-1-0-abc/log"]
    assert log.queries == [{"container": "worker", "follow": "true", "tailLines": "5"}]


def test_a_log_that_is_gone_is_told(world):
    world.voicejob("letter", status=FULL)
    result = world.run("logs", "letter")
    assert result.exit_code == 1
    assert "the pod letter-2-0-abc is gone, and its log with it" in result.stderr
    assert "It has: 1, 2." in world.run("logs", "letter", "--attempt", "7").stderr
    world.voicejob("young")
    assert "kubectl voicejob describe letter --namespace team" in result.stderr
    told = world.run("logs", "young").stderr
    assert "has no pod yet: its phase is Pending" in told
    assert "kubectl voicejob describe young --namespace team" in told


def test_a_pod_that_has_not_begun_is_told(world, pods):
    body = {"kind": "Status", "message": "container is waiting to start: ContainerCreating"}
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/letter-2-0-abc/log"
    world.server.answers[path] = lambda _: web.json_response(body, status=400)
    told = world.run("logs", "letter").stderr
    assert "has not begun: container is waiting to start: ContainerCreating" in told
    assert "kubectl voicejob describe letter --namespace team" in told


# -- suspend and resume ----------------------------------------------------------------------------


def test_suspend_and_resume_change_the_field(world):
    world.voicejob("letter", status={"phase": "Running"})
    assert "finished chunks are kept" in world.run("suspend", "letter").stdout
    assert world.get("letter")["spec"]["suspend"] is True
    assert "is suspended already" in world.run("suspend", "letter").stdout
    assert world.run("resume", "letter").stdout == "team/letter goes on\n"
    assert world.get("letter")["spec"]["suspend"] is False
    assert "was not suspended" in world.run("resume", "letter").stdout


def test_what_has_ended_is_not_suspended(world):
    world.voicejob("letter", status=spoken(b"x"))
    result = world.run("suspend", "letter")
    assert result.exit_code == 1
    assert "team/letter has ended: its phase is Succeeded" in result.stderr
    assert "suspend" not in world.get("letter")["spec"]
