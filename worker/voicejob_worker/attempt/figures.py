"""The figures of an attempt in the words of the VoiceJob's status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicejob_api.status import Quality, ReferenceInfo

if TYPE_CHECKING:
    from voicejob_worker.audio.produce import FinishedAudio
    from voicejob_worker.quality.summary import QualityTally
    from voicejob_worker.reference.reference import Reference


def reference_info(reference: Reference) -> ReferenceInfo:
    """``status.reference``: what was found out about the recording."""
    found = reference.report
    return ReferenceInfo(
        duration_seconds=round(found.duration_seconds, 2),
        original_seconds=round(found.original_seconds, 2),
        snr_db=round(found.snr_db, 1),
        clipped_share=round(found.clipped_share, 4),
        speech_share=round(found.speech_share, 3),
        notes=list(reference.notes),
    )


def quality_info(produced: FinishedAudio, checked: QualityTally, notes: list[str]) -> Quality:
    """``status.quality``: the checks of all chunks, and what was measured on the finished audio."""
    measured, rate = produced.measured, checked.word_error_rate
    return Quality(
        loudness_lufs=None if measured.loudness_lufs is None else round(measured.loudness_lufs, 2),
        true_peak_dbtp=(
            None if measured.true_peak_dbtp is None else round(measured.true_peak_dbtp, 2)
        ),
        accepted="BestEffort" if checked.chunks_failed else "Strict",
        chunks_checked=checked.chunks_checked,
        chunks_retried=checked.chunks_retried,
        chunks_failed=checked.chunks_failed,
        faults={fault.value: count for fault, count in sorted(checked.faults.items())},
        word_error_rate=None if rate is None else round(rate, 4),
        longest_divergence=checked.longest_divergence if checked.recogniser else None,
        recogniser=checked.recogniser,
        notes=[*notes, *quality_notes(checked)],
    )


def quality_notes(checked: QualityTally) -> list[str]:
    """The worst doubts in words, and how many more there were."""
    more = checked.chunks_failed - len(checked.doubts)
    return [*checked.doubts, *([f"{more} more chunks were, too"] if more else [])]
