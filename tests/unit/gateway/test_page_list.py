"""The gateway's list of VoiceJobs in a real Chromium: filtered, followed, empty, and away."""

from __future__ import annotations

import re
from itertools import pairwise

from page_browser import (
    browser,
    gateway,
    open_list,
    page,
    whole_world,
)
from page_world import World, failed, running, voicejob
from playwright.sync_api import Page, expect

__all__ = ["browser", "gateway", "page", "whole_world"]


def names(page: Page) -> list[str]:
    return page.locator("table.jobs tbody a").all_text_contents()


WATCH_ITS_LOOKS = """() => {
  const { fetch, setTimeout } = window;
  window.looks = [];
  window.rests = true;
  window.fetch = (address, ...all) => {
    if (address.endsWith("/team/voicejobs")) window.looks.push(Date.now());
    return fetch(address, ...all);
  };
  window.setTimeout = (done, ...all) => {
    window.rests = true;
    return setTimeout(() => { window.rests = false; done(); }, ...all);
  };
}"""


def seconds_between_looks(page: Page, within: int) -> list[int]:
    """What the page waits between its looks, in whole seconds of its own clock, for so many.

    The clock is held while a look lasts: one that is run does not wait for an answer that is on
    its way, and would pass a slow answer off as a page that asks nothing.
    """
    page.clock.pause_at(page.evaluate("() => Date.now()") / 1000 + 60)
    page.evaluate(WATCH_ITS_LOOKS)
    for _ in range(within):
        page.clock.run_for(1000)
        page.wait_for_function("() => window.rests")
    looks = page.evaluate("() => window.looks")
    return [int((after - before) / 1000) for before, after in pairwise(looks)]


class TestTheList:
    def test_is_filtered_and_stays_so(self, page: Page, gateway: World) -> None:
        gateway.add(
            running("chapter-3", 42, 75),
            failed(),
            voicejob("chapter-4", "Queued"),
            voicejob("weekly", "Suspended", "books"),
        )
        open_list(page, gateway)
        expect(page.locator("table.jobs tbody a")).to_have_count(4)
        page.get_by_label("Namespace").select_option("team")
        expect(page.locator("table.jobs tbody a")).to_have_count(3)
        page.get_by_label("Name contains").fill("chapter")
        page.get_by_label("Phase").select_option("Queued")
        expect(page.get_by_text("1 VoiceJob of 3")).to_be_visible()
        assert names(page) == ["chapter-4"]
        page.reload()

        expect(page.get_by_text("1 VoiceJob of 3")).to_be_visible()
        assert names(page) == ["chapter-4"]
        expect(page.get_by_label("Namespace")).to_have_value("team")
        page.get_by_label("Phase").select_option("Failed")
        expect(page.get_by_text("No VoiceJob is of that kind.")).to_be_visible()
        page.get_by_role("button", name="Show all").click()
        expect(page.locator("table.jobs tbody a")).to_have_count(3)

    def test_follows_what_happens_and_leaves_the_focus(self, page: Page, gateway: World) -> None:
        gateway.add(running("chapter-3", 42, 75))
        open_list(page, gateway)
        link = page.get_by_role("link", name="chapter-3")
        link.focus()
        gateway.add(running("chapter-3", 80, 20))
        bar = page.get_by_role("progressbar", name="Progress of chapter-3")
        expect(bar).to_have_attribute("value", "80")
        gateway.add(voicejob("chapter-3", "Failed"), running("chapter-4", 1, 5))

        expect(page.locator("#status")).to_have_text("chapter-3: Failed")
        expect(page.get_by_role("row", name="chapter-4")).to_be_visible()
        expect(link).to_be_focused()

    def test_asks_ever_less_while_nothing_happens(self, page: Page, gateway: World) -> None:
        gateway.add(running("chapter-3", 42, 75))
        page.clock.install()
        open_list(page, gateway)
        expect(page.get_by_role("link", name="chapter-3")).to_be_visible()

        waits = seconds_between_looks(page, within=200)
        assert waits[0] <= 5
        assert waits == sorted(waits)
        assert 10 < waits[-1] <= 30

    def test_asks_nothing_while_nobody_looks(self, page: Page, gateway: World) -> None:
        gateway.add(running("chapter-3", 42, 75))
        page.clock.install()
        open_list(page, gateway)
        expect(page.get_by_role("link", name="chapter-3")).to_be_visible()
        turn = "it => Object.defineProperty(document, 'hidden', {value: it, configurable: true})"
        page.evaluate(turn, True)
        page.clock.run_for(3000)
        asked = list[str]()
        page.on("request", lambda it: asked.append(it.url))
        page.clock.run_for(300_000)
        assert asked == []
        page.evaluate(turn, False)
        with page.expect_request("**/voicejobs"):
            page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")

    def test_says_what_to_type_where_there_is_none(self, page: Page, gateway: World) -> None:
        open_list(page, gateway)

        expect(page.get_by_text("kubectl voicejob say")).to_be_visible()

    def test_leads_who_may_list_nothing_to_one_by_its_name(
        self, page: Page, gateway: World
    ) -> None:
        gateway.spoken()
        gateway.cluster.rights = {
            (gateway.user, "get", "team", one) for one in ("voicejobs", "voicejobs/audio")
        }
        open_list(page, gateway)
        expect(page.get_by_text("no namespace in which you may list")).to_be_visible()
        form = page.get_by_role("form", name="A VoiceJob by its name")
        form.get_by_label("Namespace").fill("team")
        form.get_by_label("Name of the VoiceJob").fill("letter")
        form.get_by_role("button", name="Open").click()

        expect(page.locator("audio")).to_be_visible()

    def test_goes_on_where_there_are_more(self, page: Page, gateway: World) -> None:
        gateway.add(running("chapter-3", 42, 75))
        path = "/apis/voicejob.dev/v1alpha1/namespaces/team/voicejobs"
        gateway.cluster.lists[path]["metadata"] = {"continue": "x y"}
        open_list(page, gateway)
        expect(page.get_by_text("there are more")).to_be_visible()
        with page.expect_request(re.compile(r"continue=x%20y")):
            page.get_by_role("button", name="Show more").click()

    def test_that_nobody_answers_says_so_and_comes_back(self, page: Page, gateway: World) -> None:
        gateway.add(running("chapter-3", 42, 75))
        open_list(page, gateway)
        expect(page.get_by_role("link", name="chapter-3")).to_be_visible()
        gateway.kill()
        expect(page.get_by_role("alert")).to_contain_text("The gateway cannot be reached.")
        expect(page.get_by_role("alert")).to_contain_text("port-forward")
        expect(page.get_by_role("link", name="chapter-3")).to_be_visible()
        gateway.start()
        page.get_by_role("button", name="Try now").click()

        expect(page.get_by_role("alert")).to_have_count(0)

    def test_is_of_no_use_while_the_api_server_is_away(self, page: Page, gateway: World) -> None:
        gateway.cluster.refusal = (500, "etcd is away")
        open_list(page, gateway)
        expect(page.get_by_role("alert")).to_contain_text("The API server does not answer.")
        expect(page.get_by_role("alert")).to_contain_text("What to do: try again in a while")
        gateway.cluster.refusal = None
        page.get_by_role("button", name="Try now").click()

        expect(page.get_by_role("alert")).to_have_count(0)
