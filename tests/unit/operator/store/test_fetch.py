"""What ``voicejob-operator fetch`` hands out, and what it does not."""

import hashlib

import pytest
from making.s3_server import Answer

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.fetch import write_whole
from voicejob_operator.store.parts import FetchError, own_part

UID = "11111111-aaaa-bbbb"
FOLDER = "audio/team/letter/11111111"
SPOKEN = b"RIFF" * 400_000
STORE = StoreSettings()


def voicejob(uri=f"s3://voicejob/{FOLDER}/letter.mp3", spec=None, **audio):
    return {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": "letter", "namespace": "team", "uid": UID},
        "spec": {"text": "hi", "audio": {"format": "mp3"}, "ofAnotherVersion": 1, **(spec or {})},
        "status": {
            "phase": "Succeeded",
            "audio": {
                "uri": uri,
                "sha256": hashlib.sha256(SPOKEN).hexdigest(),
                "sizeBytes": len(SPOKEN),
                "format": "mp3",
                "sampleRate": 22050,
                "durationSeconds": 1.0,
                **audio,
            },
        },
    }


class TestOnlyItsOwn:
    def test_audio_is_handed_out(self):
        assert own_part(voicejob(), "audio", STORE).key == f"{FOLDER}/letter.mp3"

    def test_subtitles_are_handed_out(self):
        told = voicejob(subtitles={"srt": f"s3://voicejob/{FOLDER}/letter.srt"})
        assert own_part(told, "srt", STORE).key == f"{FOLDER}/letter.srt"

    @pytest.mark.parametrize(
        ("part", "file"), [("words", "letter.words.json"), ("chapters", "letter.chapters.vtt")]
    )
    def test_what_has_an_extension_of_its_own_is_handed_out(self, part, file):
        told = voicejob(subtitles={part: f"s3://voicejob/{FOLDER}/{file}"})
        assert own_part(told, part, STORE).key == f"{FOLDER}/{file}"

    @pytest.mark.parametrize(
        "spec", [{"items": [{"id": "a", "text": "One."}]}, {"textFormat": "CSV"}]
    )
    def test_of_items_the_index_and_each_file_are_handed_out(self, spec):
        told = voicejob(uri=f"s3://voicejob/{FOLDER}/letter.index.json", spec=spec)
        told["status"]["items"] = {"total": 1, "done": 1, "failed": 0}
        for part in ("audio", "index"):  # whatever ids its items have
            assert own_part(told, part, STORE).key == f"{FOLDER}/letter.index.json"
        assert own_part(told, "line-1", STORE).key == f"{FOLDER}/items/line-1.mp3"
        with pytest.raises(FetchError, match="each item by its id"):
            own_part(told, "../x", STORE)
        foreign = voicejob(uri="s3://voicejob/audio/other/x/2/letter.index.json", spec=spec)
        foreign["status"]["items"] = told["status"]["items"]
        with pytest.raises(FetchError, match="nothing else is handed out"):
            own_part(foreign, "line-1", STORE)

    def test_one_text_has_no_index(self):
        with pytest.raises(FetchError, match="it has no index; it has: audio"):
            own_part(voicejob(), "index", STORE)

    @pytest.mark.parametrize(
        "foreign",
        [
            "s3://voicejob/audio/other/secret/22222222/secret.mp3",
            "s3://voicejob/audio/team/letter/22222222/letter.mp3",
            f"s3://voicejob/{FOLDER}/../../../other/secret/22222222/secret.mp3",
            f"s3://voicejob/{FOLDER}/letter.mp3/",
            f"s3://voicejob/{FOLDER}/letter.wav",
            f"s3://other/{FOLDER}/letter.mp3",
            f"s3://voicejob/checkpoints/c/team/{UID}",
            "/etc/passwd",
            "",
        ],
    )
    def test_whatever_a_status_says(self, foreign):
        with pytest.raises(FetchError, match="nothing else is handed out"):
            own_part(voicejob(foreign), "audio", STORE)
        told = voicejob(subtitles={"srt": foreign})
        with pytest.raises(FetchError, match="nothing else is handed out"):
            own_part(told, "srt", STORE)

    def test_whatever_part_a_status_has_made_up(self):
        made_up = "x/../../../../other/o/12345678/o.wav"
        uri = f"s3://voicejob/{FOLDER}/letter.{made_up}"
        with pytest.raises(FetchError, match=r"it has: audio, srt$"):
            own_part(voicejob(subtitles={made_up: uri, "srt": uri}), made_up, STORE)

    def test_and_nothing_of_a_status_that_cannot_be_read(self):
        told = voicejob()
        told["status"]["phase"] = "my own words"
        with pytest.raises(FetchError, match="cannot be read") as caught:
            own_part(told, "audio", STORE)
        assert "words" not in str(caught.value)

    def test_and_not_what_lies_in_a_bucket_of_the_users_own(self):
        uri = "s3://mine/letters/letter-11111111.mp3"
        output = {"uri": "s3://mine/letters/", "credentialsSecret": "mine"}
        with pytest.raises(FetchError, match=f"Secret team/mine, as by aws s3 cp {uri}"):
            own_part(voicejob(uri, {"output": output}), "audio", STORE)

    def test_and_not_for_a_user_who_writes_that_the_operators_bucket_is_his(self):
        output = {"uri": "s3://voicejob/audio/other/", "credentialsSecret": "mine"}
        told = voicejob("s3://voicejob/audio/other/secret.mp3", {"output": output})
        with pytest.raises(FetchError, match="of your own"):
            own_part(told, "audio", STORE)

    def test_and_for_a_claim_it_says_how_to_copy(self):
        output = {"persistentVolumeClaim": {"claimName": "audio", "subPath": "letters"}}
        told = voicejob("pvc://audio/letters/letter-11111111.mp3", {"output": output})
        with pytest.raises(FetchError) as caught:
            own_part(told, "audio", STORE)
        assert "kubectl cp team/POD:MOUNTPATH/letters/letter-11111111.mp3" in str(caught.value)
        assert "credentials" not in str(caught.value)

    def test_and_says_what_there_is(self):
        with pytest.raises(FetchError, match="it has no vtt; it has: audio"):
            own_part(voicejob(), "vtt", STORE)
        queued = voicejob() | {"status": {"phase": "Queued"}}
        with pytest.raises(FetchError, match="no audio yet, its phase is Queued"):
            own_part(queued, "audio", STORE)


class TestAFile:
    def test_is_written_as_a_whole(self, tmp_path):
        assert write_whole(tmp_path / "a.mp3", [b"one", b"two"]) == 6
        assert (tmp_path / "a.mp3").read_bytes() == b"onetwo"
        assert [path.name for path in tmp_path.iterdir()] == ["a.mp3"]

    def test_or_not_at_all(self, tmp_path):
        def breaks_off():
            yield b"one"
            raise FetchError("gone")

        (tmp_path / "old.mp3").write_bytes(b"old")
        for name in ("new.mp3", "old.mp3"):
            with pytest.raises(FetchError):
                write_whole(tmp_path / name, breaks_off())
        assert [path.name for path in tmp_path.iterdir()] == ["old.mp3"]
        assert (tmp_path / "old.mp3").read_bytes() == b"old"


class TestTheCommand:
    PATH = "/apis/voicejob.dev/v1alpha1/namespaces/team/voicejobs/letter"

    @pytest.fixture(autouse=True)
    def spoken(self, cluster, server):
        cluster.objects[self.PATH] = voicejob()
        server.put("voicejob", f"{FOLDER}/letter.mp3", SPOKEN)

    def test_fetch_writes_the_audio(self, command, tmp_path):
        assert command("fetch", "team/letter").stdout == SPOKEN
        path = tmp_path / "letter.mp3"
        done = command("fetch", "team/letter", "--output", str(path))
        assert (done.returncode, done.stdout, path.read_bytes()) == (0, b"", SPOKEN)

    def test_fetch_leaves_no_file_where_it_fails(self, command, server, tmp_path):
        server.put("voicejob", f"{FOLDER}/letter.mp3", b"not what was spoken")
        path = tmp_path / "letter.mp3"
        done = command("fetch", "team/letter", "--output", str(path))
        assert done.returncode == 1
        assert b"not what was spoken" in done.stderr
        assert not path.exists()

    def test_fetch_says_what_is_wrong_in_a_line(self, command, server):
        server.rule = lambda _: Answer(403)
        for arguments, said in (
            (["team/letter"], b"credentials are refused"),
            (["team/none"], b"not found"),
            (["a/b/c"], b"write NAMESPACE/NAME"),
        ):
            done = command("fetch", *arguments)
            assert done.returncode == 1
            assert said in done.stderr
            assert b"Traceback" not in done.stderr
            assert done.stdout == b""
