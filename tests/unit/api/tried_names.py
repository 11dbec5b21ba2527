"""Names, keys, amounts and texts that look right, and to which Kubernetes would say no later."""

from typing import Any

from tried import Tried, text

LONG = "a" * 64
CLONE = {"uri": "pvc://voices/ana.wav"}


def _output(**output: Any) -> dict[str, Any]:
    return text(output=output)


def _volume(sub_path: str) -> dict[str, Any]:
    return _output(persistentVolumeClaim={"claimName": "c", "subPath": sub_path})


def _config_map(name: str = "book", key: str = "a.txt") -> dict[str, Any]:
    return {"textFrom": {"configMapKeyRef": {"name": name, "key": key}}}


def _pod(**spec: Any) -> dict[str, Any]:
    return text(podTemplate={"spec": spec})


def _namespace(name: str) -> dict[str, Any]:
    term = {"topologyKey": "zone", "namespaces": [name]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return _pod(affinity={"podAffinity": required})


def _f5(transcript: str) -> dict[str, Any]:
    reference = {**CLONE, "transcript": transcript}
    return text(engine="f5-tts", voice={"reference": reference})


def _limits(**limits: Any) -> dict[str, Any]:
    return text(resources={"limits": limits})


RIGHT = (
    Tried("a name of many parts", _config_map(name="a.b-c.2")),
    Tried("a hidden file", _config_map(key=".a..b")),
    Tried("a queue of 63 characters", text(queueName=LONG[1:])),
    Tried("a namespace of 63 characters", _namespace(LONG[1:])),
    Tried("a label of a long domain", text(podTemplate={"metadata": {"labels": {"a-b.c/d": "e"}}})),
    Tried("two dots within a name", _volume("a..b/..c")),
    Tried("two dots in an address of the web", {"textFrom": {"uri": "https://e.com/a/../b"}}),
    Tried("little memory", _limits(memory="16Mi")),
    Tried("little memory that is reserved", text(resources={"requests": {"memory": 512}})),
    Tried("licences", text(acceptLicences=["CPML", "CC-BY-NC-4.0"])),
)

_NO_NAME = "a..b"
_AS_A_NAME = "such as my-object"
WRONG = (
    # what names objects
    Tried("a ConfigMap of two dots", _config_map(name=_NO_NAME), ("name", _AS_A_NAME)),
    Tried("a Secret that begins anew", _config_map(name="a.-b"), ("name", _AS_A_NAME)),
    Tried("a ServiceAccount of two dots", _pod(serviceAccountName=_NO_NAME), (_AS_A_NAME,)),
    Tried("a RuntimeClass of two dots", _pod(runtimeClassName=_NO_NAME), (_AS_A_NAME,)),
    Tried("a DeviceClass of two dots", text(gpu={"deviceClassName": _NO_NAME}), (_AS_A_NAME,)),
    Tried("a template of two dots", text(gpu={"claimTemplateName": _NO_NAME}), ("own namespace",)),
    Tried("a model in no claim", text(model={"uri": "pvc://a..b/x"}), ("pvc://CLAIM/PATH",)),
    Tried(
        "a recording in no claim",
        text(engine="xtts", voice={"reference": {"uri": "pvc://a-/x.wav"}}),
        ("pvc://CLAIM/PATH",),
    ),
    Tried(
        "a recogniser in no claim",
        text(quality={"transcribe": True, "recogniser": {"uri": "pvc://a../x"}}),
        ("pvc://CLAIM/PATH",),
    ),
    Tried(
        "a queue that no label holds",
        text(queueName=LONG),
        ("spec.queueName", "at most 63", "becomes a label"),
    ),
    Tried(
        "a priority that no label holds",
        text(workloadPriorityClassName=LONG),
        ("spec.workloadPriorityClassName", "at most 63"),
    ),
    Tried("a namespace with a dot", _namespace("a.b"), ("namespaces[0]", "my-namespace")),
    Tried("a namespace of 64 characters", _namespace(LONG), ("namespaces[0]", "at most 63")),
    Tried(
        "a label's domain of two dots",
        text(podTemplate={"metadata": {"labels": {"team": "a", "a..b/c": "d"}}}),
        ("spec.podTemplate.metadata.labels", "each key must be", "found a..b/c"),
    ),
    # keys of data
    Tried("a key of one dot", _config_map(key="."), (".key", "chapter-1.txt")),
    Tried("a key of two dots", _config_map(key=".."), (".key", "no .. at its beginning")),
    Tried("a key that begins with two", _config_map(key="..a"), ("no .. at its beginning",)),
    # extended resources
    Tried("a quota's resource", text(gpu={"resourceName": "requests.a.com/b"}), ("of quotas",)),
    Tried(
        "a resource that is too long",
        text(gpu={"resourceName": f"nvidia.com/{LONG}"}),
        ("spec.gpu.resourceName", "such as nvidia.com/gpu"),
    ),
    Tried(
        "a MIG profile in capitals",
        text(gpu={"resourceName": "nvidia.com/MIG-1g.10gb"}),
        ("nvidia.com/mig-1g.10gb",),
    ),
    # numbers
    Tried(
        "a number over 64 bits",
        _pod(
            affinity={
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {"key": "a", "operator": "Gt", "values": ["9" * 19]}
                                ]
                            }
                        ]
                    }
                }
            }
        ),
        ("at most 18 digits",),
    ),
    Tried("memory without its unit", _limits(memory=512), ("spec.resources.limits", "2Gi")),
    Tried("thousandths of bytes", _limits(memory="512m"), ("16Mi", "with its unit")),
    Tried("no memory", _limits(memory="0"), ("spec.resources.limits", "16Mi")),
    Tried("retries in quotes", text(retries="3"), ("spec.retries", "integer")),
    Tried("a count in quotes", text(gpu={"count": "1"}), ("spec.gpu.count", "integer")),
    Tried("a truth in quotes", text(suspend="true"), ("spec.suspend", "boolean")),
    Tried("a speed in quotes", text(synthesis={"speed": "1.5"}), ("spec.synthesis.speed",)),
    Tried("yes retries", text(retries=True), ("spec.retries", "integer")),
    # what must not be blank
    Tried("a text of blanks", {"text": " \n\t"}, ("spec.text", "text is empty")),
    Tried("an empty transcript", _f5(""), ("transcript", "must not be blank")),
    Tried("a transcript of blanks", _f5("  "), ("transcript", "must not be blank")),
    Tried("a speaker of blanks", text(voice={"speaker": " "}), ("spec.voice.speaker", "blank")),
    Tried("a named speaker of nothing", text(voices={"Ana": {"speaker": ""}}), ("blank",)),
    # where the audio goes
    Tried(
        "a way up in a bucket",
        _output(uri="s3://bucket/../other/", credentialsSecret="c"),
        ("spec.output.uri", "'..'"),
    ),
    Tried(
        "a text above its bucket",
        {"textFrom": {"uri": "s3://bucket/../other", "credentialsSecret": "c"}},
        ("spec.textFrom.uri", "'..'"),
    ),
    Tried("a folder of two lines", _volume("a\nb"), ("subPath", "control characters")),
    Tried("a folder with a NUL", _volume("a\0b"), ("subPath", "control characters")),
    # what is too long says all the same what was expected
    Tried("an architecture", text(gpu={"minComputeCapability": "sm_80"}), ('"7.5"',)),
    Tried(
        "a digest by its kind",
        text(model={"uri": "pvc://m/x", "sha256": f"sha256:{'0' * 64}"}),
        ("spec.model.sha256", "64 hexadecimal digits"),
    ),
    Tried("two devices", text(device="cuda:0,1", gpu={}), ("spec.device", "auto, cpu, or cuda")),
    Tried("a date in words", text(audio={"tags": {"date": "30 November 2026"}}), ("2026-11-29",)),
    Tried("a track in words", text(audio={"tags": {"track": "three of twelve"}}), ("3/12",)),
    # twice the same
    Tried("a licence twice", text(acceptLicences=["CPML", "CPML"]), ("Duplicate value",)),
    Tried("subtitles twice", text(audio={"subtitles": ["srt", "srt"]}), ("Duplicate value",)),
    # which of many
    Tried(
        "an item's voice in another case",
        {
            "items": [{"id": "a", "text": "One."}, {"id": "b", "text": "Two.", "voice": "ana"}],
            "voices": {"Ana": {}},
        },
        ("spec.items", "not in voices", "found ana"),
    ),
    Tried(
        "one name of many that is none",
        text(voices={"Ana": {}, "7up": {}}),
        ("spec.voices", "begins with a letter", "found 7up"),
    ),
)
