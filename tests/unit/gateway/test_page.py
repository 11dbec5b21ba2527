"""The gateway's page in a real Chromium: its files, signing in, and what all views have."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from page_browser import (
    browser,
    gateway,
    open_job,
    open_list,
    page,
    whole_world,
)
from page_world import ROOT, World, failed, running, voicejob
from playwright.sync_api import Page, Request, Route, expect

from voicejob_api.capability import HEADER, proxy_path
from voicejob_api.reasons import reasons

__all__ = ["browser", "gateway", "page", "whole_world"]

FOLDER = ROOT / "operator/voicejob_gateway/page"
FILES = sorted(path.name for path in FOLDER.iterdir())
EVIL = "<img src=x onerror=\"document.title='taken'\"><script>1</script>"


class TestTheFiles:
    @pytest.mark.parametrize("name", ["", *FILES])
    def test_load_nothing_from_elsewhere(self, gateway: World, name: str) -> None:
        answer = httpx.get(f"{gateway.url}/{name}")
        addresses = set(re.findall(r"https?://[^\s\"'`]+", answer.text))

        assert answer.status_code == 200
        assert addresses <= {"http://www.w3.org/2000/svg"}
        assert not re.search(r"\sstyle=|<style|\sonclick=|<script>", answer.text)
        assert "require-trusted-types-for 'script'" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
    def test_make_no_markup_of_strings(self, name: str) -> None:
        text = (FOLDER / name).read_text("utf-8")

        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write\b|\beval\b|DOMParser", text
        )
        assert not re.search(r"localStorage|document\.cookie", text)

    def test_tell_what_each_reason_means(self, gateway: World) -> None:
        told = httpx.get(f"{gateway.url}/reasons.json").json()

        assert set(told) == set(reasons())
        assert told["OutOfMemory"]["do"] == reasons()["OutOfMemory"].do


class TestSigningIn:
    def test_with_a_token_shows_what_one_may_see(self, page: Page, gateway: World) -> None:
        gateway.add(running("chapter-3", 42, 75), voicejob("weekly", "Suspended", "books"))
        open_list(page, gateway)

        expect(page.get_by_role("row", name="chapter-3")).to_contain_text("1 min 15 s left")
        expect(page.get_by_role("progressbar", name="Progress of chapter-3")).to_have_attribute(
            "value", "42"
        )
        expect(page.get_by_role("row", name="weekly")).to_contain_text("Suspended")

    def test_keeps_the_token_in_the_tab_alone_and_in_no_address(
        self, page: Page, gateway: World
    ) -> None:
        asked = list[Request]()

        def note(request: Request) -> None:
            asked.append(request)

        page.on("request", note)
        gateway.spoken()
        open_job(page, gateway)
        expect(page.get_by_role("button", name="Download", exact=True)).to_be_enabled()
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_contain_text("letter")

        kept = page.evaluate("() => [localStorage.length, sessionStorage.length, document.cookie]")
        assert kept == [0, 1, ""]
        assert [one.url for one in asked if gateway.token in one.url] == []
        told = {one.headers.get("authorization") for one in asked if "/api/v1/" in one.url}
        assert told == {f"Bearer {gateway.token}"}

    def test_out_forgets_it(self, page: Page, gateway: World) -> None:
        open_list(page, gateway)
        page.get_by_role("button", name="Sign out").click()

        expect(page.get_by_label("Bearer token")).to_have_value("")
        assert page.evaluate("() => sessionStorage.length") == 0

    def test_with_a_token_that_is_nobodys_says_what_to_do(self, page: Page, gateway: World) -> None:
        page.goto(gateway.url)
        page.get_by_label("Bearer token").fill("nobodys")
        page.get_by_role("button", name="Sign in").click()

        expect(page.get_by_role("alert")).to_contain_text("does not know this token")
        expect(page.get_by_role("alert")).to_contain_text("What to do: ")
        assert page.evaluate("() => sessionStorage.length") == 0

    def test_with_a_capability_opens_that_voicejob_and_no_spec(
        self, page: Page, gateway: World
    ) -> None:
        job = gateway.spoken()
        asked = list[str]()
        page.on("request", lambda it: asked.append(it.url))
        enter_capability(page, gateway, gateway.capability(job))

        expect(page.get_by_role("heading", level=1)).to_contain_text("letter")
        expect(page.locator("audio")).to_be_visible()
        expect(page.get_by_role("heading", name="Quality")).to_be_visible()
        expect(page.get_by_role("heading", name="Manifest")).to_be_hidden()
        expect(page.get_by_role("link", name="All VoiceJobs")).to_have_count(0)
        assert [one for one in asked if gateway.capability(job) in one] == []

    def test_with_anothers_capability_is_refused(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        other = gateway.spoken("other")
        enter_capability(page, gateway, gateway.capability(other))

        expect(page.get_by_role("alert")).to_contain_text("is not that of the VoiceJob")
        expect(page.get_by_label("Capability", exact=True)).to_be_visible()

    def test_through_the_service_proxy_takes_no_token_and_stores_nothing(
        self, page: Page, gateway: World
    ) -> None:
        """There every Service has the same origin, and the API server keeps tokens to itself."""
        job = gateway.spoken()
        deep = f"{gateway.url}{proxy_path('voicejob-system', 'gateway')}/"

        def pass_on(route: Route) -> None:
            url = route.request.url.replace(deep, f"{gateway.url}/")
            kept = {
                name: it
                for name, it in route.request.headers.items()
                if name in (HEADER.lower(), "range", "if-range")
            }
            answer = httpx.get(url, headers=kept)
            route.fulfill(
                status=answer.status_code, headers=dict(answer.headers), body=answer.content
            )

        page.route(f"{deep}**", pass_on)
        page.goto(deep)
        expect(page.get_by_label("Bearer token")).to_have_count(0)
        fill_capability(page, gateway.capability(job))

        expect(page.locator("audio")).to_be_visible()
        assert page.evaluate("() => sessionStorage.length") == 0


def fill_capability(page: Page, capability: str) -> None:
    page.get_by_label("Namespace").fill("team")
    page.get_by_label("Name of the VoiceJob").fill("letter")
    page.get_by_label("Capability", exact=True).fill(capability)
    page.get_by_role("button", name="Sign in").click()


def enter_capability(page: Page, gateway: World, capability: str) -> None:
    page.goto(gateway.url)
    page.get_by_label("a capability").check()
    fill_capability(page, capability)


class TestEveryone:
    @pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1100)])
    @pytest.mark.parametrize("view", ["", "list", "nothing", "letter", "novel", "lines", "away"])
    def test_axe_finds_nothing_to_mend(
        self, page: Page, gateway: World, scheme: str, width: int, view: str
    ) -> None:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        gateway.add(failed(), running("a" * 63, 42, 75), voicejob("weekly", "Suspended", "books"))
        gateway.spoken()
        gateway.of_items()
        show(page, gateway, view)
        found = Axe().run(page)

        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width

    def test_all_is_done_with_the_keyboard(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        page.goto(gateway.url)
        expect(page.get_by_role("heading", name="Hear what was spoken")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type(gateway.token)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="VoiceJobs")).to_be_focused()
        link = page.get_by_role("link", name="letter")
        expect(link).to_be_visible()
        for _ in range(4):
            page.keyboard.press("Tab")
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page).to_have_title("letter · VoiceJobs")
        page.go_back()
        expect(page.get_by_role("heading", name="VoiceJobs")).to_be_focused()

    def test_the_content_is_one_key_away(self, page: Page, gateway: World) -> None:
        page.goto(gateway.url)
        page.locator("#skip").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_role("main")).to_be_focused()
        assert "#content" not in page.url

    def test_what_users_write_is_shown_and_never_run(self, page: Page, gateway: World) -> None:
        job = gateway.spoken()
        gateway.store.put(
            "voicejob",
            f"{gateway.folder(job)}/letter.vtt",
            f"WEBVTT\n\n00:00:00.000 --> 00:00:09.000\n{EVIL.replace('<', '&lt;')}\n".encode(),
        )
        job["status"]["attempts"][0] |= {"reason": EVIL, "message": EVIL, "node": EVIL}
        job["status"]["quality"]["notes"] = [EVIL]
        job["spec"]["text"] = EVIL
        gateway.add(job)
        open_job(page, gateway)
        expect(page.get_by_role("button", name=EVIL)).to_be_visible()

        assert page.locator("main img, main script").count() == 0
        expect(page).to_have_title("letter · VoiceJobs")
        expect(page.get_by_role("region", name="Manifest as YAML")).to_contain_text("onerror")

    def test_nothing_is_asked_of_another_server(self, page: Page, gateway: World) -> None:
        asked = list[str]()
        page.on("request", lambda request: asked.append(request.url))
        gateway.spoken()
        open_job(page, gateway)
        expect(page.locator("audio")).to_be_visible()

        assert len(asked) >= 10
        assert [url for url in asked if not url.startswith((gateway.url, "blob:"))] == []


def show(page: Page, gateway: World, view: str) -> None:
    """One of the page's views, whole."""
    if view == "":
        page.goto(gateway.url)
        page.get_by_label("a capability").check()
    elif view == "list":
        open_list(page, gateway)
        expect(page.get_by_role("link", name="weekly")).to_be_visible()
    elif view == "nothing":
        gateway.cluster.rights = set()
        open_list(page, gateway)
        expect(page.get_by_role("form", name="A VoiceJob by its name")).to_be_visible()
    elif view == "away":
        gateway.cluster.refusal = (500, json.dumps("away"))
        open_list(page, gateway)
        expect(page.get_by_role("alert")).to_be_visible()
    else:
        open_job(page, gateway, view)
        ready = {"letter": ".cue[aria-current]", "novel": "svg", "lines": "td button"}[view]
        expect(page.locator(ready).first).to_be_visible()
        for summary in page.locator("summary").all():
            summary.click()
