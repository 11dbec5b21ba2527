"""Which model a VoiceJob gets that names none."""

import json
import re

import pytest

from voicejob_api.catalogue import Catalogue, Part
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.models.catalogue import (
    ModelCatalogue,
    load_catalogue,
    own_catalogue,
    require_licence,
)
from voicejob_worker.models.layout import kind_of, layout_of
from voicejob_worker.settings import Settings


def entry(language, name, engine="piper", **more):
    return {"engine": engine, "language": language, "name": name, **more}


def models(*catalogues):
    return ModelCatalogue(
        tuple(Catalogue.model_validate({"entries": entries}) for entries in catalogues)
    )


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("pt-BR", "brazil"),
        ("PT-br", "brazil"),
        ("pt-AO", "lisbon"),
        ("pt", "lisbon"),
        ("ja", "any"),
    ],
)
def test_the_very_language_goes_before_its_varieties_and_those_before_any(asked, name):
    found = models([entry("*", "any"), entry("pt-PT", "lisbon"), entry("pt-BR", "brazil")])
    assert found.find("piper", asked).name == name


def test_the_operators_catalogue_goes_before_the_workers_own_whatever_it_fits_by():
    found = models([entry("*", "house")], [entry("en", "own", uri="hf://a/b/c.onnx")])
    assert found.find("piper", "en").name == "house"


def test_a_language_without_a_voice_is_refused_with_those_that_have_one():
    found = models([entry("de", "a")], [entry("fr-FR", "b"), entry("ja", "c", engine="xtts")])
    with pytest.raises(
        InvalidInputError, match=r"language is ja.* de, fr-FR; for another"
    ) as caught:
        found.find("piper", "ja")
    assert caught.value.exit_code == 10


@pytest.mark.parametrize(
    "language", ["en-US", "en-GB", "pt-BR", "es-ES", "es-AR", "fr-FR", "de-DE", "it-IT", "nl", "ru"]
)
def test_piper_speaks_the_languages_that_it_is_known_for(language):
    found = load_catalogue(None).find("piper", language)
    assert found.language.partition("-")[0] == language.partition("-")[0]


def test_american_english_needs_no_download():
    assert load_catalogue(None).find("piper", "en-US").uri is None


@pytest.mark.parametrize(
    "found", [entry for entry in own_catalogue().entries if entry.uri], ids=lambda one: one.uri
)
def test_every_entry_of_our_own_is_an_address_of_a_whole_model(found):
    assert layout_of(kind_of(found.engine, found.part), found.uri).pieces
    assert found.size_bytes
    assert found.licence


def test_the_addresses_of_voices_are_how_their_repository_names_them():
    for found in own_catalogue().entries:
        if found.engine == "piper" and found.uri:
            path = found.uri.partition("@v1.0.0/")[2]
            match = re.fullmatch(r"(\w+)/((\1)_[A-Z]{2})/(\w+)/(\w+)/\2-\4-\5\.onnx", path)
            assert match, path
            assert match[2].replace("_", "-") == found.language


def test_every_part_of_f5_and_rvc_is_there():
    own = load_catalogue(None)
    assert own.find("f5-tts", "en", Part.VOCODER).licence == "MIT"
    assert own.find("rvc", "pt-BR", Part.HUBERT)
    assert own.find("rvc", "pt-BR", Part.RMVPE)
    with pytest.raises(ModelUnusableError, match="no catalogue has the part rmvpe of piper"):
        own.find("piper", "en", Part.RMVPE)


@pytest.mark.parametrize("engine", ["xtts", "f5-tts"])
def test_a_licence_that_must_be_accepted_says_where(engine):
    found = load_catalogue(None).find(engine, "pt-BR")
    with pytest.raises(
        ModelUnusableError, match=r"spec\.acceptLicences.*acceptedLicences"
    ) as caught:
        require_licence(found, ("MIT",))
    assert caught.value.exit_code == 11
    require_licence(found, (found.licence.lower(),))


def test_the_operators_file_is_json(tmp_path):
    file = tmp_path / "catalogue.json"
    file.write_text(json.dumps({"entries": [entry("de", "house", uri="https://h/x.onnx")]}))
    assert load_catalogue(file).find("piper", "de-AT").name == "house"
    assert load_catalogue(file).find("piper", "pt-BR").name == "pt_BR-faber-medium"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "no catalogue of models"),
        ('{"entries": [{"engine": "festival"}]}', "engine"),
        ('{"models": []}', "models"),
        ('{"entries": [{"engine": "piper", "language": "de_DE"}]}', "BCP 47"),
        ('{"entries": [{"engine": "piper", "language": "german"}]}', "BCP 47"),
        ('{"entries": [{"engine": "piper", "mustAccept": true}]}', "needs a licence"),
    ],
)
def test_a_file_that_is_no_catalogue_is_named_with_its_fault(tmp_path, text, words):
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(ModelUnusableError, match=rf"mine\.json.*{words}"):
        load_catalogue(file)


def test_no_file_is_no_fault(tmp_path):
    assert load_catalogue(tmp_path / "none").catalogues == (own_catalogue(),)


def test_tags_are_alike_in_any_case():
    found = models([entry("*", "any"), entry("PT-br", "brazil")])
    assert found.find("piper", "pt-BR").name == "brazil"


def test_a_file_that_somebody_named_must_be_there(tmp_path):
    with pytest.raises(ModelUnusableError, match=r"none\.json \(--catalogue.*No such file"):
        load_catalogue(tmp_path / "none.json", must_exist=True)
    assert Settings(catalogue_file=tmp_path / "none.json").names_catalogue
    assert not Settings().names_catalogue
