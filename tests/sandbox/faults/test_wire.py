"""What happens to requests and answers on their way, seen at the socket."""

import email.utils

import httpx
import pytest

from tests.sandbox.faults.line import EXECUTION, INPUTS, JOBS, REALM, SEARCH


def read_into(received, answer):
    """Keep what comes, also before a break."""
    for chunk in answer.iter_raw():
        received.extend(chunk)


@pytest.mark.parametrize(
    ("form", "seconds_of"),
    [
        ("seconds", lambda text, clock: int(text)),
        ("date", lambda text, clock: (email.utils.parsedate_to_datetime(text) - clock()).total_seconds()),
    ],
)
def test_429_says_how_long_to_wait(line, form, seconds_of):
    """A limited request gets 429 with Retry-After in seconds or as a date, and nothing is done."""
    line.fault("rate-limited", request="execute", retry_after=form, wait=7)
    answer = line.execute()

    assert answer.status_code == 429
    assert answer.json()["status"] == 429
    assert seconds_of(answer.headers["Retry-After"], line.clock) == 7
    assert line.jobs()["jobs"] == []


def test_429_may_say_nothing(line):
    """Retry-After can be left out."""
    line.fault("rate-limited", retry_after="none")

    assert "Retry-After" not in line.http.get(JOBS).headers


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(("done", "jobs"), [(False, 0), (True, 1)])
def test_a_server_error_hides_whether_it_was_done(line, status, done, jobs):
    """A 5xx comes before or after the effect of the request; the answer is the same."""
    line.fault("server-error", request="execute", status=status, done=done)
    answer = line.execute()

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert len(line.jobs()["jobs"]) == jobs


def test_a_lost_reply_leaves_its_job(line):
    """The connection ends before the first byte of the answer, and the job exists."""
    line.fault("lost-reply", request="execute")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        line.execute()

    assert [job["definition"] for job in line.jobs()["jobs"]] == [INPUTS]


@pytest.mark.parametrize("share", [0, 0.4, 1])
def test_a_cut_body_breaks_off(line, share):
    """The head tells the whole length, and the connection ends after that share of the body, one byte short at most."""
    url, content = line.signed_url()
    line.fault("cut-body", request="signed-download", share=share)
    received = bytearray()
    with httpx.stream("GET", url) as answer:
        told = int(answer.headers["Content-Length"])
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            read_into(received, answer)

    assert told == len(content)
    assert len(received) == min(int(share * told), told - 1)
    assert content.startswith(received)


def test_a_cut_json_answer_breaks_off(line):
    """Not only files are cut: so is any JSON answer."""
    line.fault("cut-body", request="list-jobs")

    with pytest.raises(httpx.RemoteProtocolError):
        line.http.get(JOBS)


def test_flipped_bytes_keep_length_and_headers(line):
    """As many bytes as asked for are others; the length and the checksum in the headers are those of the whole."""
    url, content = line.signed_url()
    good = httpx.get(url)
    line.fault("flipped-bytes", bytes=3)
    bad = httpx.get(url)

    assert good.content == content
    assert len(bad.content) == len(content)
    assert sum(one != other for one, other in zip(bad.content, content, strict=True)) == 3
    assert bad.headers["x-goog-hash"] == good.headers["x-goog-hash"]


def test_flipped_bytes_leave_json_alone_unless_asked(line):
    """Without a named request only downloads are damaged."""
    line.fault("flipped-bytes")

    assert line.jobs()["jobs"] == []


def test_a_slow_body_comes_whole(line):
    """A slow answer takes the time that its size and the rate come to, and is whole."""
    url, content = line.signed_url()
    line.fault("slow", request="signed-download", bytes_per_second=1000)

    assert httpx.get(url).content == content
    assert sum(line.slept) == pytest.approx(len(content) / 1000, rel=0.01)


def test_latency_is_on_everything(line):
    """Each answer waits, those with an error included."""
    line.fault("latency", seconds=0.25)
    statuses = [line.http.get(path).status_code for path in (JOBS, f"{JOBS}/none", "/v2/payments/balances")]

    assert statuses == [200, 404, 200]
    assert line.slept == [0.25] * 3


def test_a_token_ends_early(line):
    """The answer tells 300 s, and after less the token is refused."""
    line.fault("token-expires", seconds=20)
    token = line.sign_in()
    before = line.http.get(JOBS).status_code
    line.clock.pass_(21)

    assert token["expires_in"] == 300
    assert (before, line.http.get(JOBS).status_code) == (200, 401)


def test_a_signed_url_ends_in_the_middle(line):
    """The download breaks off, and the URL answers like an expired one from then on; a new one works."""
    url, content = line.signed_url()
    line.fault("url-expires", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)
    again = httpx.get(url, headers={"Range": "bytes=10-"})

    assert (again.status_code, "ExpiredToken" in again.text) == (400, True)
    assert httpx.get(line.signed_url()[0]).content == content


def test_one_named_request(line):
    """A rule may be about one request only: by its name, by a text in it, and by its number."""
    line.fault("server-error", request="execute", containing="second", nth=2)
    titles = ["first", "second", "second", "second"]
    statuses = [line.execute(title=title).status_code for title in titles]

    assert statuses == [201, 201, 503, 201]


def test_by_count(line):
    """A rule can be bound to some requests, after some."""
    line.fault("server-error", request="list-jobs", skip=1, count=2)

    assert [line.http.get(JOBS).status_code for _ in range(5)] == [200, 503, 503, 200, 200]


def test_by_rate_and_reproducible(line):
    """With a rate some requests fail, the same ones for the same seed, and a rule that is gone has no part in it."""
    outcomes = []
    for _ in range(2):
        line.fault("server-error", request="list-jobs", rate=0.4)
        outcomes.append([line.http.get(JOBS).status_code for _ in range(40)])
        line.http.delete("/sandbox/faults")
        with line.sandbox.store.writing() as db:
            db.execute("DELETE FROM sqlite_sequence WHERE name = 'faults'")  # as in a new data folder

    assert outcomes[0] == outcomes[1]
    assert 8 <= outcomes[0].count(503) <= 24
    assert line.http.get(JOBS).status_code == 200


def test_several_faults_at_once(line):
    """Faults add up: a late answer that is cut."""
    line.fault("latency", seconds=1)
    line.fault("cut-body", request="search")

    with pytest.raises(httpx.RemoteProtocolError):
        line.http.post(SEARCH, json={})
    assert line.slept == [1]


def test_faults_outlast_the_process(lines):
    """Rules and their counts are kept with the data folder."""
    with lines() as line:
        line.fault("server-error", request="list-jobs", count=2)
        line.http.get(JOBS)
    with lines() as line:
        statuses = [line.http.get(JOBS).status_code for _ in range(2)]
        (entry,) = line.http.get("/sandbox/faults").json()["faults"]

    assert statuses == [503, 200]
    assert (entry["seen"], entry["happened"]) == (3, 2)


def test_the_control_doors_know_no_faults(line):
    """What switches faults off works while everything else fails, without a token."""
    line.fault("server-error")
    broken = httpx.post(f"{line.server.base_url}{REALM}/token").status_code
    gone = httpx.delete(f"{line.server.base_url}/sandbox/faults").status_code

    assert (broken, gone) == (503, 204)
    assert line.http.post(EXECUTION, json=INPUTS).status_code == 201
