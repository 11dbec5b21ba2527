"""One VoiceJob as a story: what was asked, what happened, what came of it, what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from voicejob_api.durations import human_duration
from voicejob_api.exit_codes import ALREADY_SPOKEN
from voicejob_cli.objects import Body, Seen, age_of, as_number, when
from voicejob_cli.proxies import without_password

WHAT_TO_DO: Final = "What to do"
"""Head of the last lines; in them is what may be copied."""
_WIDTH: Final = 13
_REST: Final = re.compile(r"[?#].*", re.DOTALL)
_TIMES: Final = (
    ("queueSeconds", "until a node was found"),
    ("startSeconds", "until the worker started"),
    ("importSeconds", "loading its libraries"),
    ("modelLoadSeconds", "loading the voice"),
    ("synthesisSeconds", "speaking"),
    ("masteringSeconds", "mastering"),
    ("uploadSeconds", "storing"),
    ("totalSeconds", "from creation to the end"),
)


def story(seen: Seen) -> Iterator[tuple[str, str]]:
    """Lines, each with its style; the text that is spoken is not among them."""
    yield from _lines("Name", f"{seen.namespace}/{seen.name}")
    yield from _lines("Asked for", _asked(seen.spec))
    phase = f"{seen.phase}{f' · {seen.stage}' if seen.stage else ''}"
    yield from _lines("Phase", f"{phase}{_how_far(seen)}", _style(seen))
    if seen.reason and (seen.known_reason is None or not seen.known_reason.usual):
        yield from _lines("Reason", f"{seen.reason}: {seen.message}", _style(seen))
    elif seen.message and (not seen.is_final or seen.reason == ALREADY_SPOKEN):
        yield from _lines("Reason", f"{seen.reason}: {seen.message}")
    yield from _times(seen)
    yield from _jobs(seen)
    yield from _attempts(seen)
    yield from _audio(seen)
    yield from _quality(seen)
    yield from _notes(seen)
    yield from _next(seen)


def _lines(head: str, text: str, style: str = "") -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines() or [""]):
        yield f"{head if number == 0 else '':<{_WIDTH}}{line}", style


def _style(seen: Seen) -> str:
    return {"Failed": "red", "Succeeded": "green"}.get(seen.phase, "")


def _asked(spec: Body) -> str:
    parts = [str(spec.get("engine", "piper")), str(spec.get("language", ""))]
    if spec.get("text"):
        parts.append(f"{len(spec['text'])} characters")
    if spec.get("items"):
        parts.append(f"{len(spec['items'])} items")
    if spec.get("textFrom"):
        parts.append(f"text from {_source(spec['textFrom'])}")
    if spec.get("voice"):
        parts.append("a voice of its own" if "reference" in spec["voice"] else _speaker(spec))
    if "gpu" in spec:
        wanted = {key: spec["gpu"][key] for key in ("memory", "product") if spec["gpu"].get(key)}
        parts.append(f"a GPU{f' ({wanted})' if wanted else ''}")
    audio = spec.get("audio") or {}
    parts.append(str(audio.get("format", "wav")))
    return ", ".join(part for part in parts if part)


def _source(source: Body) -> str:
    for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        if field in source:
            return f"{kind} {source[field]['name']}"
    return _shown(str(source.get("uri", "")))


def _shown(uri: str) -> str:
    """An address without its user, query and fragment, any of which may be secret."""
    if not uri.startswith(("https://", "http://")):
        return uri
    return _REST.sub("", without_password(uri))


def _speaker(spec: Body) -> str:
    speaker = spec["voice"].get("speaker")
    return f"speaker {speaker}" if speaker else ""


def _how_far(seen: Seen) -> str:
    if seen.phase == "Succeeded":
        return ""
    percent = "" if seen.percent is None else f", {seen.percent}% of the text"
    return percent + (f", {seen.eta} left" if seen.eta else "")


def _times(seen: Seen) -> Iterator[tuple[str, str]]:
    created = when(seen.body["metadata"].get("creationTimestamp"))
    if created is not None:
        yield from _lines("Created", f"{created:%Y-%m-%d %H:%M:%S} UTC, {seen.age} ago")
    told = seen.status.get("performance") or {}
    spent = [
        f"{human_duration(seconds):>7}  {what}"
        for field, what in _TIMES
        if (seconds := as_number(told.get(field))) is not None
    ]
    if spent:
        yield from _lines("Time", "\n".join(spent))
    if seen.rtf:
        yield from _lines("RTF", f"{seen.rtf} (seconds of synthesis by second of audio)")


def _jobs(seen: Seen) -> Iterator[tuple[str, str]]:
    """Only where there was more to decide than a first Job."""
    jobs = seen.status.get("jobs") or []
    told = [f"{job['number']}: {_job(job)}" for job in jobs if _job(job)]
    if told:
        yield from _lines("Jobs", "\n".join(told))


def _job(job: Body) -> str:
    gpu, parts = job.get("gpu") or {}, []
    if gpu:
        memory = f" with {gpu['memoryMiB']} MiB" if gpu.get("memoryMiB") else ""
        parts.append(f"GPU by {gpu.get('allocation')} {gpu.get('resource')}{memory}")
    if job.get("memory"):
        parts.append(f"memory {job['memory']}")
    if job.get("onCpu"):
        parts.append("on the CPU, for no GPU was free")
    if job.get("message") and job.get("reason") != "Created":
        parts.append(str(job["message"]))
    return "; ".join(parts)


def _attempts(seen: Seen) -> Iterator[tuple[str, str]]:
    total = seen.status.get("attemptsTotal", 0)
    if total:
        retries, used = seen.spec.get("retries", 2), seen.status.get("retriesUsed", 0)
        yield from _lines("Attempts", f"{total}, {used} of {retries} retries used")
    for attempt in seen.attempts:
        yield from _lines("", "\n".join(_attempt(attempt)))


def _attempt(attempt: Body) -> Iterator[str]:
    started, finished = when(attempt.get("startedAt")), when(attempt.get("finishedAt"))
    took = f" after {age_of((finished - started).total_seconds())}" if started and finished else ""
    node = f" on {attempt['node']}" if attempt.get("node") else ""
    code = attempt.get("exitCode")
    ended = f", exit code {code}" if code else ""
    outcome = attempt.get("outcome") or "Unknown"
    yield f"{attempt.get('number')}. {outcome}{took}{node}{ended} (pod {attempt.get('pod')})"
    if attempt.get("reason") and outcome != "Succeeded":
        yield f"   {attempt['reason']}: {attempt.get('message', '')}"
    if attempt.get("chunksResumed"):
        yield f"   took over {attempt['chunksResumed']} finished chunks"
    gpu = attempt.get("gpu")
    if gpu:
        yield f"   {gpu.get('name')}, compute capability {gpu.get('computeCapability')}"
    yield from (f"   {line}" for line in _vram(attempt.get("vram") or {}))


def _vram(vram: Body) -> Iterator[str]:
    if not vram:
        return
    peak = vram.get("devicePeakMiB") or vram.get("reservedPeakMiB")
    parts = [f"VRAM {vram['summary']}"] if vram.get("summary") else []
    parts += [f"peak of the device {peak} MiB"] if peak else []
    parts += [f"{vram['floorMiB']} MiB would have done"] if vram.get("floorMiB") else []
    if parts:
        yield ", ".join(parts)
    stages = [
        f"{stage['name']} {stage['devicePeakMiB']}"
        for stage in vram.get("stages") or []
        if stage.get("devicePeakMiB")
    ]
    if stages:
        yield f"by stage, MiB: {', '.join(stages)}"


def _audio(seen: Seen) -> Iterator[tuple[str, str]]:
    audio = seen.audio
    if audio is None:
        return
    size = f"{audio.get('sizeBytes', 0)} bytes"
    what = f"{audio.get('duration')} of {audio.get('format')}, {audio.get('sampleRate')} Hz, {size}"
    yield from _lines("Audio", f"{what}\n{audio.get('uri')}")
    items = seen.status.get("items")
    if items:
        failed = f", {items['failed']} without audio" if items.get("failed") else ""
        yield from _lines("Items", f"{items.get('done', 0)} of {items.get('total', 0)}{failed}")
    if audio.get("subtitles"):
        yield from _lines("Subtitles", ", ".join(audio["subtitles"]))


def _quality(seen: Seen) -> Iterator[tuple[str, str]]:
    found = seen.status.get("quality")
    if not found:
        return
    parts: list[str] = []
    if found.get("accepted"):
        parts.append(str(found["accepted"]))
    _add(parts, found, "loudnessLUFS", "{:.1f} LUFS")
    _add(parts, found, "truePeakDBTP", "true peak {:.1f} dBTP")
    _add(parts, found, "wordErrorRate", "word error rate {:.3f}")
    if found.get("chunksChecked"):
        count = found["chunksChecked"]
        checked = f"{count} chunk{'' if count == 1 else 's'} checked"
        again = f", {found['chunksRetried']} spoken again" if found.get("chunksRetried") else ""
        bad = f", {found['chunksFailed']} shipped all the same" if found.get("chunksFailed") else ""
        parts.append(checked + again + bad)
    if found.get("faults"):
        parts.append(", ".join(f"{name} {count}" for name, count in found["faults"].items()))
    yield from _lines("Quality", "; ".join(parts))


def _add(parts: list[str], found: Body, field: str, form: str) -> None:
    value = as_number(found.get(field))
    if value is not None:
        parts.append(form.format(value))


def _notes(seen: Seen) -> Iterator[tuple[str, str]]:
    status = seen.status
    notes = [
        *((status.get("quality") or {}).get("notes") or []),
        *((status.get("reference") or {}).get("notes") or []),
    ]
    device = (status.get("model") or {}).get("deviceMessage")
    notes += [device] if device else []
    if notes:
        yield from _lines("Notes", "\n".join(notes), "yellow")


def _next(seen: Seen) -> Iterator[tuple[str, str]]:
    where = f"{seen.name} --namespace {seen.namespace}"
    if seen.phase == "Succeeded":
        what = f"kubectl voicejob fetch {where}"
    elif seen.phase == "Suspended":
        what = f"kubectl voicejob resume {where}"
    elif seen.known_reason is not None and not seen.known_reason.usual:
        what = f"{seen.known_reason.means}\n{seen.known_reason.do}"
    elif seen.phase == "Failed":
        what = f"kubectl voicejob logs {where}"
    else:
        what = f"wait for it: kubectl voicejob fetch {where} --wait"
    yield from _lines(WHAT_TO_DO, what)
