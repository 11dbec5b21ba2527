"""Lists of what one may see, and the page."""

import json
import re
from pathlib import Path

import pytest
from gateway_world import API, spoken

from voicejob_gateway.voicejobs import MAX_LISTED

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "operator/voicejob_gateway/page"

ANA = {"Authorization": "Bearer anas-token"}
LISTS = ("ana", "list", "team", "voicejobs")


def of_namespaces(*found, proceed=""):
    items = [{"metadata": {"name": name}} for name in found]
    return {"items": items, "metadata": {"continue": proceed}}


class TestNamespaces:
    def test_are_those_whose_voicejobs_one_may_list(self, tell, cluster):
        cluster.lists["/api/v1/namespaces"] = of_namespaces("kube-system", "other", "team")
        cluster.rights = {LISTS}
        status, _, body = tell(lambda gateway: gateway.get("/api/v1/namespaces", **ANA))
        assert status == 200
        assert json.loads(body) == {"namespaces": ["team"], "truncated": False}

    def test_are_all_for_who_may_list_everywhere_with_one_question(self, tell, cluster):
        cluster.lists["/api/v1/namespaces"] = of_namespaces("a", "b", proceed="more")
        cluster.rights = {("ana", "list", "*", "voicejobs")}
        _, _, body = tell(lambda gateway: gateway.get("/api/v1/namespaces", **ANA))
        assert json.loads(body) == {"namespaces": ["a", "b"], "truncated": True}
        assert len(cluster.reviews) == 2

    def test_are_the_served_ones_alone_and_nobody_lists_the_clusters(self, tell, cluster):
        cluster.rights = {("ana", "list", "*", "voicejobs")}
        _, _, body = tell(
            lambda gateway: gateway.get("/api/v1/namespaces", **ANA),
            watch_namespaces=["team", "books"],
        )
        assert json.loads(body)["namespaces"] == ["books", "team"]
        assert "/api/v1/namespaces" not in [path for _, path in cluster.asked]


class TestVoiceJobs:
    PATH = "/api/v1/namespaces/team/voicejobs"

    def test_are_listed_without_their_texts(self, tell, cluster):
        cluster.rights = {LISTS}
        cluster.lists[f"{API}/team/voicejobs"] = {
            "items": [spoken(items=[1], engine="piper")],
            "metadata": {"continue": "more"},
        }
        status, _, body = tell(lambda gateway: gateway.get(self.PATH, **ANA))
        (one,) = json.loads(body)["items"]
        assert (status, json.loads(body)["continue"]) == (200, "more")
        assert one["spec"] == {"engine": "piper", "audio": {"format": "mp3"}}
        assert one["status"]["phase"] == "Succeeded"

    def test_are_not_listed_for_who_may_not(self, tell, cluster):
        cluster.rights = {("ana", "list", "other", "voicejobs")}
        status, error, _ = tell(lambda gateway: gateway.refused(self.PATH, **ANA))
        assert (status, error) == (403, "Forbidden")

    @pytest.mark.parametrize(
        "limit", ["0", "51", "-1", "x", "9" * 30, "²", "00000005000", "9" * 5000]
    )
    def test_are_never_too_many_at_once(self, tell, cluster, limit):
        cluster.rights = {LISTS}
        status, error, _ = tell(
            lambda gateway: gateway.refused(f"{self.PATH}?limit={limit}", **ANA)
        )
        assert (status, error) == (400, "BadLimit")


class TestThePage:
    def test_lets_in_nothing_from_elsewhere(self, tell):
        async def story(gateway):
            return [await gateway.get(path) for path in ("/", "/index.html", "/app.js")]

        for status, headers, _ in tell(story):
            assert status == 200
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff"

    def test_shows_as_many_voicejobs_as_is_said(self):
        pages = int(re.search(r"MAX_PAGES = (\d+);", (FOLDER / "list.js").read_text())[1])
        assert f"of {MAX_LISTED} VoiceJobs each" in (FOLDER / "list.js").read_text()
        told = (ROOT / "docs/gateway-page.md").read_text()
        assert f"and {pages * MAX_LISTED} VoiceJobs of each" in told
        assert f"has {MAX_LISTED} VoiceJobs at most" in (ROOT / "docs/gateway.md").read_text()

    def test_names_no_absolute_address_for_it_may_lie_deep(self, tell):
        _, _, body = tell(lambda gateway: gateway.get("/"))
        for word in (b'src="/', b'href="/', b"http:", b"https:"):
            assert word not in body

    @pytest.mark.parametrize("path", ["/x", "/page/index.html", "/../app.py", "/%2e%2e/app.py"])
    def test_is_nothing_else_of_the_disk(self, tell, path):
        status, error, _ = tell(lambda gateway: gateway.refused(path))
        assert (status, error) == (404, "NotFound")

    def test_is_no_place_for_what_users_bring(self, tell):
        _, headers, _ = tell(lambda gateway: gateway.get())
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
        assert headers["Cache-Control"] == "no-store"
