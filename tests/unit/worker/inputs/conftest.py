"""What a VoiceJob brings, from a server of models."""

import json

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.inputs.inputs import Inputs
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


@pytest.fixture
def inputs(tmp_path, server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.address)

    def make(entries=(), settings=None, **spec):
        catalogue = tmp_path / "catalogue.json"
        catalogue.write_text(json.dumps({"entries": list(entries)}))
        given = {
            "model_dir": tmp_path / "model",
            "conversion_dir": tmp_path / "conversion",
            "model_cache_dir": tmp_path / "models",
            "catalogue_file": catalogue,
            "store_retry_seconds": 0.5,
        }
        job = VoiceJobSpec.model_validate({"text": "Good morning.", **spec})
        found = Settings(**given | (settings or {}))
        return Inputs(job, found, tmp_path / "cache", Stop())

    return make
