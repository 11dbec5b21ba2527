"""The two Secrets: the job file, written once, and the grants, replaced as a whole."""

import base64
import json

from rendering import GRANTS, voicejob

from voicejob_api.catalogue import Catalogue
from voicejob_api.grants import Grants
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.secrets import grants_secret, job_file_secret

MINE = Catalogue.model_validate({"entries": [{"engine": "piper", "language": "fr"}]})


def decoded(secret, key):
    return base64.b64decode(secret["data"][key]).decode()


def test_the_job_file_holds_what_was_asked_for_and_the_operators_catalogue():
    secret = job_file_secret(voicejob(), MINE)
    assert VoiceJob.model_validate(json.loads(decoded(secret, "job.json"))).spec.text == "hello"
    assert Catalogue.model_validate_json(decoded(secret, "catalogue.json")) == MINE
    assert secret["immutable"] is True


def test_the_grants_are_alone_in_their_secret_and_can_be_replaced():
    secret = grants_secret(voicejob(), GRANTS)
    assert list(secret["data"]) == ["grants.json"]
    assert Grants.model_validate_json(decoded(secret, "grants.json")) == GRANTS
    assert "immutable" not in secret


def test_a_text_is_not_written_again_with_the_grants():
    made = voicejob(text="é" * 100_000)
    assert len(json.dumps(grants_secret(made, GRANTS))) < 2_000


def test_both_go_with_their_voicejob():
    for secret in (job_file_secret(voicejob(), MINE), grants_secret(voicejob(), GRANTS)):
        (owner,) = secret["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("VoiceJob", "11111111-aaaa")
        assert owner["controller"] is True
