import datetime as dt

import pytest

from reconciler.errors import AnswerError, InputsRejected, NotFound, UnexpectedAnswer
from reconciler.model.job import Quote

pytestmark = pytest.mark.anyio
JOBS = "/v2/processing/jobs"


def job(job_id, **changes):
    return {"jobID": job_id, "processID": "p", "status": "running", "created": "2024-06-05T13:12:48Z"} | changes


def page(*ids, following=None):
    links = [] if following is None else [{"rel": "next", "href": following}]
    return {"jobs": [job(job_id) for job_id in ids], "links": links}


async def listed(client, **query):
    return [job.job_id async for page in client.processing.jobs(**query) for job in page.jobs]


@pytest.mark.parametrize(
    "answer",
    [
        {"processes": [{"id": "a"}, {"id": "b"}], "links": []},
        {"processes": [{"id": "a"}, {"id": "b"}]},
        [{"id": "a"}, {"id": "b"}],
    ],
    ids=["wrapped", "no-links", "bare"],
)
async def test_processes_are_listed_in_every_shape(service, client, reply, answer):
    """The wrapper of the process list is not settled."""
    service.on("GET", "/v2/processing/processes", reply(answer))

    assert [one.process_id for one in await client.processing.processes()] == ["a", "b"]


async def test_processes_on_several_pages_are_one_list(service, client, reply):
    """The list of processes follows next links, and names each once."""
    link = {"links": [{"rel": "next", "href": "/v2/processing/processes?token=2"}]}
    service.on(
        "GET",
        "/v2/processing/processes",
        lambda got: reply(
            {"processes": [{"id": "b"}, {"id": "c"}]} if got.query else {"processes": [{"id": "a"}, {"id": "b"}]} | link
        ),
    )

    assert [one.process_id for one in await client.processing.processes()] == ["a", "b", "c"]


async def test_one_process(service, client, reply):
    """A process is asked for by its id, whatever characters that has."""
    service.on("GET", "/v2/processing/processes/a%2Fb", reply({"id": "a/b", "inputs": {"item": {"minOccurs": 1}}}))

    process = await client.processing.process("a/b")

    assert list(process.inputs) == ["item"]


async def test_an_unknown_process_is_not_found(client):
    """404 has its own error."""
    with pytest.raises(NotFound):
        await client.processing.process("nope")


async def test_a_process_that_cannot_be_read_is_unexpected(service, client, reply):
    """An odd answer is an error that says which request it was."""
    service.on("GET", "/v2/processing/processes/p", reply({"title": "no id"}))

    with pytest.raises(UnexpectedAnswer, match=r"GET http://127.*has no id"):
        await client.processing.process("p")


async def test_valid_inputs_pass(service, client, reply):
    """200 without a body is valid (up42-api.md section 4)."""
    service.on("POST", "/v2/processing/processes/p/validation", reply(body=b""))

    await client.processing.validate("p", {"title": "T"})

    assert service.api_requests[0].json == {"inputs": {"title": "T"}}
    assert service.api_requests[0].query == {}


async def test_invalid_inputs_are_rejected_with_the_schema_error(service, client, reply):
    """A 400 gives the words under `schema-error`."""
    body = {"title": "Bad Request", "status": 400, "schema-error": "data.inputs must contain ['item'] properties"}
    service.on("POST", "/v2/processing/processes/p/validation", reply(body, 400))

    with pytest.raises(InputsRejected) as caught:
        await client.processing.validate("p", {})

    assert [(one.name, one.message) for one in caught.value.errors] == [("InvalidSchema", body["schema-error"])]


@pytest.mark.parametrize("what", ["validation", "cost"])
async def test_asking_is_repeated(service, client, reply, what):
    """Validation and cost change nothing, so a stumble is repeated."""
    answer = {"totalCredits": 63, "pricingStrategy": "area"}
    service.on("POST", f"/v2/processing/processes/p/{what}", [reply(status=502), reply(reset=True), reply(answer)])

    asked = client.processing.validate if what == "validation" else client.processing.quote
    await asked("p", {"title": "T"})

    assert len(service.api_requests) == 3


async def test_a_price_is_asked(service, client, reply):
    """The guide's own sample."""
    sample = {"pricingStrategy": "area", "totalCredits": 63, "totalSize": 15.8, "unit": "SQ_KM"}
    service.on("POST", "/v2/processing/processes/p/cost", reply(sample))

    assert await client.processing.quote("p", {"title": "T"}) == Quote(63, "area", 15.8, "SQ_KM")


async def test_all_query_parameters_are_sent(service, client, reply):
    """Lists are joined by commas, and a zero is a value, not an absence."""
    service.on("GET", JOBS, reply(page()))

    await listed(
        client,
        workspace_id="w",
        process_ids=["a", "b"],
        status=["running", "captured"],
        ids=["1", "2"],
        min_duration=0,
        max_duration=0,
        sort="created,desc",
        page_size=7,
    )

    (got,) = service.asked(JOBS)
    assert got.query == {
        "workspaceId": "w",
        "processId": "a,b",
        "status": "running,captured",
        "ids": "1,2",
        "minDuration": "0",
        "maxDuration": "0",
        "sort": "created,desc",
        "limit": "7",
    }
    assert "processId=a,b&" in got.target


async def test_what_is_not_asked_for_is_not_sent(service, client, reply):
    """Absent filters leave only the page size."""
    service.on("GET", JOBS, reply(page()))

    await listed(client, workspace_id=None, process_ids=[])

    assert service.asked(JOBS)[0].query == {"limit": "500"}


@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
async def test_next_links_are_followed(service, client, reply, absolute):
    """A next link may be a path or a whole URL on the API host; its own query is all that is sent."""
    start = service.url if absolute else ""
    pages = {None: page("1", "2", following=start + JOBS + "?token=b&limit=2"), "b": page("3")}
    service.on("GET", JOBS, lambda got: reply(pages[got.query.get("token")]))

    assert await listed(client, workspace_id="w") == ["1", "2", "3"]
    assert service.asked(JOBS)[1].query == {"token": "b", "limit": "2"}


async def test_a_next_link_may_be_a_query_alone(service, client, reply):
    """A link is resolved against the page that holds it."""
    pages = {None: page("1", following="?token=b"), "b": page("2")}
    service.on("GET", JOBS, lambda got: reply(pages[got.query.get("token")]))

    assert await listed(client) == ["1", "2"]


async def test_an_empty_page_does_not_end_a_listing(service, client, reply):
    """A filter may leave a page empty and the next one not."""
    pages = {None: page("1", following=JOBS + "?t=b"), "b": page(following=JOBS + "?t=c"), "c": page("2")}
    service.on("GET", JOBS, lambda got: reply(pages[got.query.get("t")]))

    assert await listed(client) == ["1", "2"]


@pytest.mark.parametrize(
    "pages",
    [
        {None: "a", "a": "a"},
        {None: "a", "a": "b", "b": "a"},
    ],
    ids=["itself", "circle"],
)
async def test_pages_in_a_circle_are_an_error(service, client, reply, pages):
    """A listing that cannot be known to be whole must not look whole: a job in it could be paid for again."""
    service.on("GET", JOBS, lambda got: reply(page("1", following=f"{JOBS}?t={pages[got.query.get('t')]}")))

    with pytest.raises(UnexpectedAnswer, match="circle"):
        await listed(client)

    assert len(service.asked(JOBS)) == len(pages)


async def test_a_next_page_on_another_host_is_an_error(service, elsewhere, client, reply):
    """The token does not follow a link away from the API."""
    service.on("GET", JOBS, reply(page("1", following=elsewhere.url + JOBS)))

    with pytest.raises(UnexpectedAnswer, match="another host"):
        await listed(client)

    assert elsewhere.requests == []


@pytest.mark.parametrize(("most", "sent"), [(100, ["500", "100"]), (0, ["500", "100", None])], ids=["100", "unset"])
async def test_a_page_size_that_is_refused_is_lowered(service, client, reply, most, sent):
    """The largest page size is not documented: 500, then 100, then the service's own."""
    service.on(
        "GET", JOBS, lambda got: reply(page("1")) if int(got.query.get("limit", 0)) <= most else reply(status=400)
    )

    assert await listed(client) == ["1"]
    assert [got.query.get("limit") for got in service.asked(JOBS)] == sent


async def test_a_query_that_is_refused_in_any_size_is_an_error(service, client, reply):
    """A 400 for another reason is not hidden by smaller pages."""
    service.on("GET", JOBS, reply({"message": "bad sort"}, 400))

    with pytest.raises(AnswerError, match="bad sort"):
        await listed(client, sort="nonsense")


async def test_each_page_has_the_servers_time(service, client, reply):
    """A page says when the service answered it."""
    service.on("GET", JOBS, [reply(page("1", following=JOBS + "?t=2")), reply(page("2"), dated=False)])

    times = [page.server_time async for page in client.processing.jobs()]

    assert times == [dt.datetime(2024, 6, 3, 12, tzinfo=dt.UTC), None]


async def test_a_job_that_cannot_be_read_spoils_the_listing(service, client, reply):
    """It could be the job that must not be paid twice."""
    service.on("GET", JOBS, reply({"jobs": [job("1"), job("2", created=None)]}))

    with pytest.raises(UnexpectedAnswer):
        await listed(client)


async def test_an_answer_that_is_no_listing_is_not_an_empty_one(service, client, reply):
    """No list of jobs is not "no jobs"."""
    service.on("GET", JOBS, reply({"message": "hello"}))

    with pytest.raises(UnexpectedAnswer, match="no list of jobs"):
        await listed(client)


async def test_one_job(service, client, reply):
    """A job by its id, or NotFound."""
    service.on("GET", JOBS + "/1", reply(job("1", status="captured")))

    assert (await client.processing.job("1")).status == "captured"
    with pytest.raises(NotFound):
        await client.processing.job("2")


async def test_jobs_by_ids_go_in_batches(service, client, reply):
    """250 ids are three requests of at most 100, each id once."""
    service.on("GET", JOBS, lambda got: reply(page(*got.query["ids"].split(","))))
    ids = [f"job-{number}" for number in range(250)]

    found = await client.processing.jobs_by_ids([*ids, *ids])

    assert list(found) == ids
    assert [len(got.query["ids"].split(",")) for got in service.asked(JOBS)] == [100, 100, 50]
    assert {got.query["limit"] for got in service.asked(JOBS)} == {"100"}


async def test_jobs_by_ids_are_filtered_here_too(service, client, reply):
    """A service that ignores the filter does not get foreign jobs in; an unknown id is absent."""
    service.on("GET", JOBS, reply(page("1", "9", "2", "8")))

    assert list(await client.processing.jobs_by_ids(["1", "2", "3"])) == ["1", "2"]


async def test_jobs_by_ids_read_no_further_than_needed(service, client, reply):
    """When all are found, the rest of an unfiltered listing is not read."""
    service.on("GET", JOBS, reply(page("1", "2", following=JOBS + "?t=2")))

    assert len(await client.processing.jobs_by_ids(["1"])) == 1
    assert len(service.asked(JOBS)) == 1


async def test_no_ids_are_no_request(service, client):
    """An empty batch would list everything."""
    assert await client.processing.jobs_by_ids([]) == {}
    assert service.requests == []
