"""The cache: the newest state of what exists, and nothing that is gone."""

from runtime_world import Seen

from voicejob_operator.runtime.cache import UNORDERED, ObjectCache, version_number


def seen(uid="u1", version=1, name="a", **fields):
    return Seen("default", name, uid, version, **fields)


def test_the_newer_version_of_an_object_stays():
    cache = ObjectCache()
    (made,) = cache.put(seen(version=5))
    assert (made.old, made.new) == (None, seen(version=5))
    assert cache.put(seen(version=4)) == ()
    assert cache.put(seen(version=5)) == ()
    (changed,) = cache.put(seen(version=10))
    assert (changed.old, changed.new) == (seen(version=5), seen(version=10))


def test_versions_are_compared_as_numbers_and_what_is_no_number_is_news():
    assert [version_number(text) for text in ("99", "100", "1_0", "", None, "x")] == [
        99, 100, UNORDERED, UNORDERED, UNORDERED, UNORDERED,
    ]  # fmt: skip
    cache = ObjectCache()
    cache.put(seen(version=100))
    assert cache.put(seen(version=UNORDERED))
    assert cache.put(seen(version=UNORDERED, size=1))
    assert cache.put(seen(version=7))


def test_an_object_made_anew_under_a_name_takes_the_place_of_the_old_one():
    cache = ObjectCache()
    cache.put(seen("old", 5))
    removed, made = cache.put(seen("new", 60))
    assert (removed.old.uid, removed.new, made.old, made.new.uid) == ("old", None, None, "new")
    assert cache.by_name("default", "a").uid == "new"
    assert (cache.by_uid("old"), len(cache)) == (None, 1)
    assert cache.put(seen("old", 6)) == ()


def test_children_are_found_by_the_uid_of_their_controller():
    cache = ObjectCache()
    cache.put(seen("c1", 1, "one", owner="o"))
    cache.put(seen("c2", 2, "two", owner="o"))
    cache.put(seen("c1", 3, "one", owner="o"))
    assert [child.uid for child in cache.owned_by("o")] == ["c1", "c2"]
    cache.put(seen("c1", 4, "one", owner="p"))
    assert [child.uid for child in cache.owned_by("p")] == ["c1"]
    cache.remove("c2")
    assert cache.owned_by("o") == ()
    assert cache.owned_by("nobody") == ()


def test_an_answer_that_comes_after_the_news_of_the_deletion_brings_no_ghost():
    cache = ObjectCache()
    cache.put(seen(version=5))
    cache.remove("u1", 8)
    assert cache.put(seen(version=7)) == ()
    assert len(cache) == 0
    # Its label was taken away and given again: the same uid, later.
    assert cache.put(seen(version=9))


def test_a_removal_that_is_older_than_what_is_cached_is_passed_over():
    cache = ObjectCache()
    cache.put(seen(version=9))
    assert cache.remove("u1", 8) == ()
    assert len(cache) == 1


def test_what_a_list_does_not_name_is_gone():
    cache = ObjectCache()
    for uid in ("u1", "u2", "u3"):
        cache.put(seen(uid, 1, uid))
    listing = cache.begin_replace()
    cache.put(seen("u2", 1, "u2"), listing)
    gone = cache.end_replace(listing, 10)
    assert sorted(change.old.uid for change in gone) == ["u1", "u3"]
    assert [view.uid for view in cache] == ["u2"]


def test_what_this_process_made_after_the_list_began_stays():
    cache = ObjectCache()
    for version in (10, UNORDERED):
        cache = ObjectCache()
        cache.put(seen("before", 1, "before"))
        listing = cache.begin_replace()
        cache.put(seen("made", 12, "made"))
        cache.end_replace(listing, version)
        assert [view.uid for view in cache] == ["made"]


def test_what_was_written_before_the_lists_moment_and_is_not_in_it_is_gone():
    cache = ObjectCache()
    listing = cache.begin_replace()
    cache.put(seen("late answer", 8))
    assert cache.end_replace(listing, 10)
    assert len(cache) == 0


def test_a_list_of_one_namespace_says_nothing_of_another():
    cache = ObjectCache()
    cache.put(seen())
    cache.put(Seen("other", "a", "u2", 2))
    gone = cache.end_replace(cache.begin_replace("other"), 10)
    assert [change.old.uid for change in gone] == ["u2"]


def test_after_a_cluster_was_set_back_the_list_is_right():
    cache = ObjectCache()
    cache.put(seen(version=900, size=9))
    cache.put(seen("deleted", 901, "b"))
    cache.remove("deleted", 902)
    listing = cache.begin_replace()
    assert cache.put(seen(version=300, size=3), listing)
    assert cache.put(seen("deleted", 301, "b"), listing)
    cache.end_replace(listing, 310)
    assert {view.uid: view.version for view in cache} == {"u1": 300, "deleted": 301}


def test_removals_are_not_remembered_without_end():
    cache = ObjectCache()
    for number in range(20_100):
        cache.remove(f"u{number}", number)
    assert len(cache._removed) == 10_000


def test_a_removal_is_remembered_for_as_long_as_an_answer_may_be_late():
    now = [1000.0]
    cache = ObjectCache(clock=lambda: now[0])
    for number in range(100):
        cache.remove(f"u{number}", 10)
    now[0] += 299
    assert cache.put(seen("u0", 9)) == (), "an answer from before the removal"
    now[0] += 2
    cache.remove("another", 10)
    assert len(cache._removed) == 1


def test_what_cannot_be_read_is_there_until_it_is_read_or_gone():
    cache = ObjectCache()
    for uid in ("read", "deleted", "unlisted", "listed"):
        cache.pass_over("default", f"name-of-{uid}", uid)
    cache.pass_over("elsewhere", "other", "other")
    assert cache.unread_uid("default", "name-of-read") == "read"
    assert (len(cache), cache.unread_uid("elsewhere", "name-of-read")) == (0, "")
    cache.put(seen("read", name="name-of-read"))
    cache.remove("deleted")
    listing = cache.begin_replace("default")
    cache.pass_over("default", "name-of-listed", "listed", listing)
    cache.end_replace(listing)
    uids = ("read", "deleted", "unlisted", "listed", "other")
    assert [uid for uid in uids if cache.is_unread(uid)] == ["listed", "other"]
    assert cache.unread_uid("default", "name-of-unlisted") == ""
    cache.pass_over("default", "name-of-listed", "made-anew")
    cache.remove("listed")
    assert cache.unread_uid("default", "name-of-listed") == "made-anew"
