"""Faults inside JSON answers, seen at the socket."""

import pytest

from tests.sandbox.faults.line import COLLECTIONS, JOBS, SEARCH


def pages_of_jobs(line, **query):
    """The ids of each page; a client that is led to one link twice takes it for a loop, so no link may come again."""
    page, seen = line.jobs(**query), set()
    yield [job["jobID"] for job in page["jobs"]]
    while hrefs := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        assert not seen & set(hrefs)
        seen |= set(hrefs)
        page = line.http.get(hrefs[0]).json()
        yield [job["jobID"] for job in page["jobs"]]


def pages_of_items(line, body):
    while body is not None:
        page = line.http.post(SEARCH, json=body).json()
        yield [item["id"] for item in page["features"]]
        body = next((link["body"] for link in page["links"] if link["rel"] == "next"), None)


@pytest.fixture
def three_jobs(line):
    ids = []
    for _ in range(3):
        ids.append(line.execute().json()["jobID"])
        line.clock.pass_(1)
    return ids[::-1]


def test_a_page_comes_twice(line, three_jobs):
    """The next link leads to the same page again, with another href, and then on."""
    line.fault("duplicate-page", request="list-jobs", skip=1, count=2)

    first, second, third = three_jobs
    assert list(pages_of_jobs(line, limit=1)) == [[first], [second], [second], [second], [third]]


def test_an_empty_page_is_no_end(line, three_jobs):
    """A page without entries has a next link, behind which the entries are."""
    line.fault("empty-page", request="list-jobs", count=2)

    assert list(pages_of_jobs(line, limit=2)) == [[], [], three_jobs[:2], three_jobs[2:]]


@pytest.mark.parametrize("kind", ["duplicate-page", "empty-page"])
def test_pages_of_a_search(line, kind):
    """Searches have them, too, and lose nothing."""
    whole = next(pages_of_items(line, {"limit": 100}))
    line.fault(kind, request="search", skip=1, count=1)
    pages = list(pages_of_items(line, {"limit": 1}))

    assert len(pages) == len(whole) + 1
    assert list(dict.fromkeys(item for page in pages for item in page)) == whole


def test_pages_of_collections(line):
    """The next link of a repeated page of collections is absolute, as its others are."""
    line.fault("duplicate-page", request="list-collections", count=1)
    page = line.http.get(COLLECTIONS, params={"limit": 1}).json()
    (href,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    again = line.http.get(href).json()

    assert href.startswith(line.server.base_url)
    assert again["collections"] == page["collections"]


def test_fields_that_nobody_knows(line, three_jobs):
    """Every object of an answer, and every job of a page, has a further field."""
    line.fault("unknown-fields", field="news")
    page, job = line.jobs(), line.job(three_jobs[0])

    assert all("news" in document for document in [page, job, *page["jobs"]])
    assert job.keys() - {"news"} == page["jobs"][0].keys() - {"news"}


def test_an_error_stays_as_it_is(line):
    """An error answer has no pages and no further fields."""
    line.fault("unknown-fields")
    line.fault("empty-page", request="list-jobs")
    answer = line.http.get(JOBS, params={"limit": "none"})

    assert answer.status_code == 400
    assert answer.json().keys() == {"title", "status", "detail"}
