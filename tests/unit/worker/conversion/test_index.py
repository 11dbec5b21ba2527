import numpy as np
import pytest
from making.rvc import make_index

from voicejob_worker.conversion.index import load_index
from voicejob_worker.errors import ModelUnusableError

RANDOM = np.random.default_rng(7)


@pytest.fixture(scope="module")
def vectors():
    return RANDOM.standard_normal((500, 256), np.float32)


@pytest.fixture(scope="module")
def path(vectors, tmp_path_factory):
    return make_index(tmp_path_factory.mktemp("index"), vectors)


@pytest.fixture(scope="module")
def features():
    return RANDOM.standard_normal((40, 256), np.float32)


def test_all_vectors_come_back_in_their_order(path, vectors):
    np.testing.assert_array_equal(load_index(path, 256).vectors, vectors)


def test_rate_0_leaves_features_as_they_are(path, features):
    np.testing.assert_array_equal(load_index(path, 256).mix(features, 0.0), features)


def test_rate_1_gives_vectors_of_the_index_alone(tmp_path, features):
    own = RANDOM.standard_normal(256).astype(np.float32)
    index = load_index(make_index(tmp_path, np.tile(own, (60, 1))), 256)
    np.testing.assert_allclose(index.mix(features, 1.0), np.tile(own, (40, 1)), rtol=1e-5)
    half = index.mix(features, 0.5)
    np.testing.assert_allclose(half, (features + own) / 2, rtol=1e-4, atol=1e-6)


def test_the_mixture_is_upstreams(path, features):
    index = load_index(path, 256)
    score, found = index._search.search(features, k=8)
    weight = np.square(1 / score)
    weight /= weight.sum(axis=1, keepdims=True)
    expected = np.sum(index.vectors[found] * weight[..., None], axis=1)
    whole = (found >= 0).all(axis=1)  # a cell of fewer than 8 leaves upstream without an answer
    assert whole.sum() > 20
    np.testing.assert_allclose(
        index.mix(features, 1.0)[whole], expected[whole], rtol=1e-4, atol=1e-5
    )


def test_a_feature_that_is_in_the_index_gives_itself_and_no_nan(path, vectors):
    mixed = load_index(path, 256).mix(vectors[:20], 1.0)
    np.testing.assert_allclose(mixed, vectors[:20], atol=1e-4)


def test_an_index_of_fewer_than_8_vectors_works(tmp_path, features):
    few = RANDOM.standard_normal((3, 256), np.float32)
    mixed = load_index(make_index(tmp_path, few), 256).mix(features, 1.0)
    assert np.isfinite(mixed).all()
    assert np.abs(mixed).max() <= np.abs(few).max()


def test_a_flat_index_is_taken_too(tmp_path, vectors, features):
    import faiss

    flat = faiss.IndexFlatL2(256)
    flat.add(vectors)
    faiss.write_index(flat, str(tmp_path / "flat.index"))
    assert np.isfinite(load_index(tmp_path / "flat.index", 256).mix(features, 0.75)).all()


def test_an_index_of_the_other_version_is_refused(path):
    with pytest.raises(ModelUnusableError, match="of 256 numbers and the model works with 768"):
        load_index(path, 768)


def _without_lists_to_search(raw):
    """``nprobe``, which is 1, comes before the part that finds the lists; 0 shows in a search."""
    at = raw.index(b"IxF2") - 8
    assert raw[at : at + 8] == (1).to_bytes(8, "little")
    return raw[:at] + bytes(8) + raw[at + 8 :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda raw: b"", "is no index of RVC"),
        (lambda raw: b"PK\x03\x04" + raw[4:], "is no index of RVC"),
        (lambda raw: raw[: len(raw) // 2], "500 vectors and has"),
        (lambda raw: raw[:-100], "cannot be read as one"),
        (lambda raw: raw[:8] + (2**40).to_bytes(8, "little") + raw[16:], "1099511627776 vectors"),
        (lambda raw: raw[:8] + (0).to_bytes(8, "little") + raw[16:], "it is empty"),
        (lambda raw: raw.replace(b"IxF2", b"XXXX"), "cannot be read as one"),
        (_without_lists_to_search, "cannot be read as one"),
    ],
)
def test_a_damaged_file_is_refused_before_it_is_believed(damage, message, path, tmp_path):
    damaged = tmp_path / "damaged.index"
    damaged.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelUnusableError, match=message):
        load_index(damaged, 256)


def test_vectors_that_are_no_numbers_are_refused(tmp_path, vectors):
    import faiss

    broken = vectors.copy()
    broken[3, 3] = np.nan
    flat = faiss.IndexFlatL2(256)
    flat.add(broken)
    faiss.write_index(flat, str(tmp_path / "nan.index"))
    with pytest.raises(ModelUnusableError, match="no plain numbers"):
        load_index(tmp_path / "nan.index", 256)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelUnusableError, match="cannot be read: No such file"):
        load_index(tmp_path / "gone.index", 256)
