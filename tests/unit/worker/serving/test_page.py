"""The page at / in a real Chromium: heard, saved, told, with a keyboard and a screen reader."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from making.browser import browser, watched_page
from making.server import Running, Stage
from openapi_spec_validator import validate
from playwright.sync_api import Browser, Page, expect

from voicejob_worker.errors import QualityRejectedError

__all__ = ["browser"]

TEXT = "The kettle is on. Come in and sit down. The rain will not stop before the evening."
PAGES = ("/", "/docs", "/page/page.css", "/page/speak.js", "/page/docs.js", "/page/icon.svg")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere(joe: Running, path: str) -> None:
    answer = httpx.get(f"{joe.url}{path}")
    policy = answer.headers["content-security-policy"]
    addresses = set(re.findall(r"https?://[^\s\"'`]+", answer.text))

    assert answer.status_code == 200
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"style=|<style|onclick|<script>", answer.text)
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_the_browser_has_is_not_sent_again(joe: Running, path: str) -> None:
    first = httpx.get(f"{joe.url}{path}")
    again = httpx.get(f"{joe.url}{path}", headers={"If-None-Match": first.headers["etag"]})
    head = httpx.head(f"{joe.url}{path}")

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fapp.py", "index.html"])
def test_nothing_else_of_the_package_is_sent(joe: Running, name: str) -> None:
    assert httpx.get(f"{joe.url}/page/{name}").status_code == 404


def test_the_document_of_the_api_is_valid_and_true(joe: Running) -> None:
    document = httpx.get(f"{joe.url}/openapi.json").json()
    validate(document)
    speech = document["paths"]["/v1/audio/speech"]["post"]
    body = speech["requestBody"]["content"]["application/json"]["schema"]
    told = {name for one in document["paths"].values() for name in one}

    assert set(body["required"]) == {"model", "input", "voice"}
    assert {"mp3", "aac"} <= set(document["components"]["schemas"]["StreamFormat"]["enum"])
    assert "0.25 to 4.0" in body["properties"]["speed"]["description"]
    assert {"200", "400", "413", "422", "429", "503"} <= set(speech["responses"])
    assert "HTTPValidationError" not in str(document)
    assert "422" not in document["paths"]["/v1/models/{name}"]["get"]["responses"]
    assert told == {"get", "post"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser, 1000) as made:
        yield made


def opened(page: Page, running: Running, path: str = "/") -> Page:
    page.goto(f"{running.url}{path}")
    if path == "/":
        expect(page.get_by_label("Voice").locator("option").first).to_be_attached()
    return page


def say(page: Page, text: str = TEXT, kind: str = "mp3") -> None:
    page.get_by_label("Text").fill(text)
    page.get_by_label("Format").select_option(kind)
    page.get_by_role("button", name="Speak").click()


def saved(page: Page, folder: Path) -> tuple[str, bytes]:
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download").click()
    path = folder / "saved"
    caught.value.save_as(path)
    return caught.value.suggested_filename, path.read_bytes()


def asks(page: Page, script: str) -> float:
    return float(page.locator("audio").evaluate(script))


@pytest.mark.parametrize("kind", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_what_is_written_is_heard_and_saved_in_every_format(
    page: Page, joe: Running, kind: str, tmp_path: Path
) -> None:
    say(opened(page, joe), kind=kind)
    expect(page.get_by_role("status")).to_contain_text("Ready")
    name, content = saved(page, tmp_path)
    whole = kind not in ("mp3", "aac")

    assert name == {"opus": "speech.ogg"}.get(kind, f"speech.{kind}")
    assert content == joe.say(TEXT, voice="joe", response_format=kind, stream=not whole).content
    if kind != "aac":  # Debian's Chromium plays it, others need not
        assert asks(page, "it => it.duration") == pytest.approx(5, abs=1.5)
    expect(page.get_by_role("alert")).to_be_empty()


def test_it_plays_before_all_is_spoken(page: Page, stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(2)
    text = "This is the first sentence. This is the second sentence. This is the third one."
    say(opened(page, running), text)
    expect(page.get_by_role("status")).to_contain_text("Playing while")
    page.wait_for_timeout(500)
    playing = asks(page, "it => it.currentTime")
    stage.let_speak(10)
    expect(page.get_by_role("status")).to_contain_text("Ready")

    assert playing > 0
    assert asks(page, "it => it.duration") > 3


def test_it_can_be_stopped_and_the_server_stops_too(page: Page, stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(2)
    say(opened(page, running), "One sentence is here. Two sentences are here. Three of them.")
    expect(page.get_by_role("status")).to_contain_text("Playing")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Stopped")
    stage.let_speak(10)

    expect(page.get_by_role("button", name="Speak")).to_be_focused()
    assert asks(page, "it => Number(it.paused)") == 1


def test_voice_and_speed_are_asked_for_as_chosen(page: Page, joe: Running) -> None:
    opened(page, joe)
    page.get_by_label("Voice").select_option("nova")
    page.get_by_label("Speed").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    with page.expect_request("**/v1/audio/speech") as asked:
        say(page)
    body = asked.value.post_data_json

    assert (body["voice"], body["input"]) == ("nova", TEXT)
    assert body["speed"] == pytest.approx(2**0.5)
    expect(page.locator("#pace")).to_have_text("1.41 ×")
    expect(page.get_by_label("Speed")).to_have_attribute("aria-valuetext", "1.41 times")
    expect(page.get_by_role("status")).to_contain_text("Ready")


@pytest.mark.parametrize("speed", ["Home", "End"])
def test_both_ends_of_the_speed_are_spoken(page: Page, joe: Running, speed: str) -> None:
    opened(page, joe).get_by_label("Speed").press(speed)
    say(page, "All is well.")

    expect(page.get_by_role("status")).to_contain_text("Ready")


def test_everything_is_done_with_the_keyboard(page: Page, joe: Running) -> None:
    opened(page, joe).get_by_label("Text").focus()
    page.keyboard.type("All is well.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Ready")
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id"))

    assert reached == ["voice", "format", "speed", "go", "save"]


def test_an_error_is_told_with_the_servers_words(page: Page, stage: Stage) -> None:
    def fail(_: object) -> None:
        raise QualityRejectedError("chunk 1 of 1 failed its quality check 3 times")

    stage.let_speak(100)
    running = stage.serve()
    opened(page, running)
    stage.engine.fail = fail
    say(page, "This is never said.")

    expect(page.get_by_role("alert")).to_have_text("Chunk 1 of 1 failed its quality check 3 times.")
    expect(page.get_by_role("button", name="Speak")).to_be_enabled()


def test_a_speech_that_breaks_off_is_told_and_not_saved(page: Page, stage: Stage) -> None:
    holding = threading.Event()

    def fail(utterance: object) -> None:
        if getattr(utterance, "index", 0) == 2:
            holding.wait(20)
            raise QualityRejectedError("it is noise")

    stage.let_speak(100)
    running = stage.serve()
    opened(page, running)
    stage.engine.fail = fail
    say(page, "This is the first sentence. This is the second sentence. This is the third one.")
    expect(page.get_by_role("status")).to_contain_text("Playing")
    holding.set()

    expect(page.get_by_role("alert")).to_contain_text("broke off")
    expect(page.get_by_role("link", name="Download")).to_be_hidden()


def test_a_text_that_is_too_long_is_not_sent(page: Page, stage: Stage) -> None:
    running = stage.serve(max_input_characters=10)
    text = opened(page, running).get_by_label("Text")
    text.fill("\N{GRINNING FACE}" * 11)
    sent = list[str]()
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Speak").click()

    expect(page.locator("#count")).to_have_text("11 of 10 characters")
    expect(text).to_have_attribute("aria-invalid", "true")
    assert sent == []


def test_an_error_goes_once_something_else_is_written(page: Page, joe: Running) -> None:
    say(opened(page, joe), "...")
    expect(page.get_by_role("alert")).to_contain_text("Nothing to speak")

    page.get_by_label("Text").fill("All is well.")
    expect(page.get_by_role("alert")).to_have_text("")


def test_one_that_follows_a_stop_at_once_can_be_stopped_too(page: Page, stage: Stage) -> None:
    say(opened(page, stage.serve()), kind="wav")
    expect(page.get_by_role("status")).to_have_text("Speaking …")
    page.evaluate("document.getElementById('stop').click(); document.getElementById('go').click()")
    page.wait_for_timeout(300)

    expect(page.get_by_role("status")).to_have_text("Speaking …")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Stopped.")


def test_a_key_that_no_header_can_carry_is_told(page: Page, stage: Stage) -> None:
    opened(page, stage.serve(api_key="secret"))
    page.get_by_label("API key").fill("secret\N{ZERO WIDTH SPACE}x")
    say(page)

    expect(page.get_by_role("alert")).to_contain_text("The key has a character that cannot be")


def test_without_scripts_the_page_says_that_it_needs_them(joe: Running) -> None:
    (told,) = re.findall("<noscript>(.*)</noscript>", httpx.get(joe.url).text)

    assert "needs JavaScript" in told


@pytest.mark.parametrize("width", [280, 320])
def test_nothing_is_wider_than_a_narrow_screen(browser: Browser, joe: Running, width: int) -> None:
    with watched_page(browser, width) as page:
        say(opened(page, joe), "w" * 200)
        expect(page.get_by_role("status")).to_contain_text("Ready")

        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_key_is_asked_for_where_there_is_one_and_kept_in_the_tab_alone(
    page: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_API_KEY", "key-of-the-house")
    stage.let_speak(100)
    running = stage.serve()
    opened(page, running).get_by_label("API key").fill("wrong")
    say(page, "This is a sentence.")
    expect(page.get_by_role("alert")).to_contain_text("No valid key was sent")
    page.get_by_label("API key").fill("key-of-the-house")
    say(page, "This is a sentence.")
    expect(page.get_by_role("status")).to_contain_text("Ready")
    opened(page, running)

    expect(page.get_by_label("API key")).to_have_value("key-of-the-house")
    kept = page.evaluate("() => [localStorage.length, sessionStorage.length, document.cookie]")
    assert kept == [0, 1, ""]


def test_no_key_is_asked_for_where_there_is_none(page: Page, joe: Running) -> None:
    expect(opened(page, joe).get_by_label("API key")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1000])
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_axe_finds_nothing_to_mend(
    page: Page, joe: Running, scheme: str, width: int, path: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, joe, path)
    if path == "/":
        say(page, "All is well.")
        expect(page.get_by_role("status")).to_contain_text("Ready")
        page.locator("#error").evaluate("it => it.textContent = 'Something went wrong.'")
    else:
        for summary in page.locator("summary").all():
            summary.click()
    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_page_of_the_api_shows_every_address(page: Page, joe: Running) -> None:
    document = httpx.get(f"{joe.url}/openapi.json").json()
    opened(page, joe, "/docs")
    addresses = page.locator("summary code")
    expect(addresses).to_have_count(len(document["paths"]))
    shown = addresses.all_text_contents()
    page.get_by_text("Speak a text.").first.click()

    assert sorted(shown) == sorted(document["paths"])
    expect(page.get_by_text("From 0.25 to 4.0")).to_be_visible()


@pytest.mark.parametrize("base", ["/", "/docs"])
def test_nothing_is_asked_of_another_server(page: Page, joe: Running, base: str) -> None:
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    opened(page, joe, base)

    assert len(asked) >= 4
    assert [url for url in asked if not url.startswith((joe.url, "blob:"))] == []
