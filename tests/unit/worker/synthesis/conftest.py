import pytest

from voicejob_worker.checkpoint.archive import ChunkArchive


@pytest.fixture
def archive(tmp_path):
    return ChunkArchive(tmp_path / "chunks.tar")
