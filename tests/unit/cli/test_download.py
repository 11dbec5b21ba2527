"""A file on its way: resumed, verified, and there as a whole or not at all."""

import hashlib
import http.server
import resource
import threading
from contextlib import suppress

import pytest
import urllib3

from voicejob_cli.download import Download, Source
from voicejob_cli.errors import CliError, End

CONTENT = bytes(range(256)) * 4096
ETAG = '"one"'


class FileServer(http.server.ThreadingHTTPServer):
    """Hands out one file by ranges, and misbehaves as it is told, an answer at a time."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.etag, self.headers = CONTENT, ETAG, {}
        self.asked = []
        self.script = []
        """What the next answers do: a number of bytes after which the connection is cut, a status,
        or a function that changes the server first."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def open(self, headers):
        url = f"http://127.0.0.1:{self.server_address[1]}/"
        try:
            return urllib3.PoolManager().request(
                "GET", url, headers=dict(headers), preload_content=False, retries=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise CliError("not reached", may_pass=True) from error


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self):
        server = self.server
        server.asked.append(dict(self.headers))
        act = server.script.pop(0) if server.script else None
        if callable(act):
            act(server)
            act = None
        if act == "halved":
            self.send_response(503)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.close_connection = True
            return
        if isinstance(act, int) and 400 <= act < 600:
            self.send_response(act)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"no")
            return
        first = self._first()
        if act == "shifted":
            first, act = (first or 0) + 1, None
        if first is not None and first >= len(server.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = server.content[first or 0 :]
        self.send_response(200 if first is None else 206)
        if first is not None:
            last = len(server.content) - 1
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(server.content)}")
        for name, value in server.headers.items():
            self.send_header(name, value)
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if act is None else body[:act])
        if act is not None:
            self.close_connection = True

    def _first(self):
        asked = self.headers.get("Range")
        if not asked or self.headers.get("If-Range", self.server.etag) != self.server.etag:
            return None
        return int(asked.removeprefix("bytes=").removesuffix("-"))


@pytest.fixture
def server():
    running = FileServer()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "letter.mp3"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def download(server, path, expected=None, **options):
    expected = sha256(CONTENT) if expected is None else expected

    def refused(status, content):
        return CliError(f"HTTP {status}: {content.decode()}", end=End.NOT_FETCHED)

    source = Source(server.open, refused, expected, "the audio")
    return Download(source, path, first_pause=0.001, **options).run()


def beside(path):
    """What else is in its folder."""
    return sorted(one.name for one in path.parent.iterdir() if one != path)


def test_a_file_is_there_as_a_whole(server, path):
    moved = []
    fetched = download(server, path, moved=lambda *told: moved.append(told))
    assert path.read_bytes() == CONTENT
    assert (fetched.size, fetched.sha256, fetched.is_verified) == (
        len(CONTENT),
        sha256(CONTENT),
        True,
    )
    assert beside(path) == []
    assert moved[0] == (0, len(CONTENT))
    assert moved[-1] == (len(CONTENT), len(CONTENT))


def test_what_breaks_off_is_gone_on_with(server, path):
    server.script = [300_000, 200_000, 100]
    download(server, path)
    assert path.read_bytes() == CONTENT
    ranges = [headers.get("Range") for headers in server.asked]
    assert ranges == [None, "bytes=300000-", "bytes=500000-", "bytes=500100-"]
    assert [headers.get("If-Range") for headers in server.asked][1:] == [ETAG] * 3


def test_another_command_goes_on_where_the_first_gave_up(server, path):
    server.script = [300_000, *[503] * 20]
    with pytest.raises(CliError) as told:
        download(server, path)
    assert told.value.end is End.NOT_FETCHED
    assert "HTTP 503" in told.value.found
    assert "300000 bytes of it are kept" in told.value.to_do
    assert not path.exists()
    server.script = []
    server.asked.clear()
    download(server, path)
    assert path.read_bytes() == CONTENT
    assert [headers.get("Range") for headers in server.asked] == ["bytes=300000-"]
    assert beside(path) == []


def test_a_file_that_changed_meanwhile_is_fetched_anew(server, path):
    other = CONTENT[::-1]

    def change(server):
        server.content, server.etag = other, '"two"'

    server.script = [300_000, change]
    download(server, path, sha256(other))
    assert path.read_bytes() == other


def test_another_range_than_was_asked_for_is_not_joined(server, path):
    server.script = [300_000, "shifted"]
    download(server, path)
    assert path.read_bytes() == CONTENT
    assert [headers.get("Range") for headers in server.asked] == [None, "bytes=300000-", None]


def test_a_server_without_ranges_is_asked_for_all_again(server, path):
    def forget(server):
        server.etag = '"other"'

    server.script = [300_000, forget]
    download(server, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_halves_are_not_joined_without_a_strong_validator(server, path, etag):
    server.etag = etag
    server.script = [300_000]
    download(server, path)
    assert path.read_bytes() == CONTENT
    assert [headers.get("Range") for headers in server.asked] == [None, None]


def test_a_download_that_had_all_and_was_killed_before_the_end_needs_no_byte_more(server, path):
    path.with_name("letter.mp3.part").write_bytes(CONTENT)
    path.with_name("letter.mp3.part.etag").write_text(ETAG)
    download(server, path)
    assert path.read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, path):
    path.with_name("letter.mp3.part").write_bytes(CONTENT + b"more")
    path.with_name("letter.mp3.part.etag").write_text(ETAG)
    download(server, path)
    assert path.read_bytes() == CONTENT


def test_a_part_of_nobody_knows_what_is_not_gone_on_with(server, path):
    path.with_name("letter.mp3.part").write_bytes(b"something else")
    download(server, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("expected", ["0" * 64, None])
def test_what_is_not_what_was_spoken_is_not_kept(server, path, expected):
    path.write_bytes(b"as it was before")
    if expected is None:
        expected, server.headers = "", {"Repr-Digest": f"md5=:AA==:, sha-256=:{'A' * 43}=:"}
    with pytest.raises(CliError) as told:
        download(server, path, expected)
    assert "is not what was spoken" in told.value.found
    assert sha256(CONTENT) in told.value.found
    assert path.read_bytes() == b"as it was before"
    assert beside(path) == []


def test_a_damaged_half_is_not_kept_for_the_next_time(server, path):
    path.with_name("letter.mp3.part").write_bytes(b"x" * 1000)
    path.with_name("letter.mp3.part.etag").write_text(ETAG)
    with pytest.raises(CliError, match="is not what was spoken"):
        download(server, path)
    download(server, path)
    assert path.read_bytes() == CONTENT


def test_an_empty_file_is_never_left(server, path):
    server.content = b""
    with pytest.raises(CliError, match="is empty"):
        download(server, path, "")
    assert not path.exists()
    assert beside(path) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_ends_it_at_once(server, path, status):
    server.script = [status] * 5
    with pytest.raises(CliError, match=f"HTTP {status}: no"):
        download(server, path)
    assert len(server.asked) == 1
    assert beside(path) == []


def test_a_server_that_is_away_for_a_moment_is_waited_for(server, path):
    server.script = [502, 503, 504, 429]
    download(server, path)
    assert path.read_bytes() == CONTENT


def test_nothing_is_left_where_nothing_came(server, path):
    server.script = [503] * 20
    with pytest.raises(CliError) as told:
        download(server, path)
    assert beside(path) == []
    assert "The same command goes on" in told.value.to_do


def test_a_digest_that_nobody_told_is_told(server, path):
    assert download(server, path, "").is_verified is False


def test_a_folder_that_is_not_there_is_told(server, tmp_path):
    with pytest.raises(CliError) as told:
        download(server, tmp_path / "none" / "letter.mp3")
    assert "cannot be written: No such file or directory" in told.value.found
    assert told.value.end is End.NOT_FETCHED


def test_a_disk_that_is_full_is_told_and_what_came_is_kept(server, path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(CliError, match="cannot be written: File too large"):
            download(server, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not path.exists()
    server.asked.clear()
    download(server, path)
    assert server.asked[0]["Range"] == "bytes=100000-"
    assert path.read_bytes() == CONTENT


def test_a_refusal_that_breaks_off_is_no_other_trouble(server, path):
    server.script = ["halved", 300_000, "halved"]
    download(server, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("script", [[503] * 20, [300_000, *[503] * 20]])
def test_a_file_in_passing_is_not_named(server, path, script):
    server.script = script
    with pytest.raises(CliError) as told:
        download(server, path, is_passing=True)
    assert "Nothing was written" in told.value.to_do
    assert str(path.parent) not in told.value.found + told.value.to_do
    server.script = []
    with pytest.raises(CliError) as told:
        download(server, path, "0" * 64, is_passing=True)
    assert str(path.parent) not in told.value.found + told.value.to_do
