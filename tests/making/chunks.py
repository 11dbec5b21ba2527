"""A plain text in chunks, as one passage of it comes to them."""

from voicejob_worker.text.chunks import Chunk
from voicejob_worker.text.passages import Passage
from voicejob_worker.text.plan import Lengths, plan_chunks


def split_chunks(
    text: str,
    language: str,
    limit: int,
    preferred: int | None = None,
    *,
    starts_short: bool = False,
) -> list[Chunk]:
    """Cut a normalised text, with ``preferred`` as long as ``limit`` if it is not given."""
    lengths = Lengths(limit, limit if preferred is None else preferred)
    return plan_chunks([Passage(text)], language, lambda _: lengths, starts_short=starts_short)
