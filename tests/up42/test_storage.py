import pytest

from reconciler.errors import AnswerError, NotFound, UnexpectedAnswer, UsageError

pytestmark = pytest.mark.anyio
ROOT = "/v2/assets/stac"
SEARCH = f"{ROOT}/search"
ITEMS = f"{ROOT}/collections/c1/items"


def item(item_id, job_id=None, collection="c1"):
    properties = {} if job_id is None else {"up42-system:job_id": job_id}
    return {"id": item_id, "collection": collection, "properties": properties, "assets": {}}


def features(*items, links=()):
    return {"type": "FeatureCollection", "features": list(items), "links": list(links)}


async def searched(client, body):
    return [one.item_id async for page in client.storage.search(body) for one in page]


async def test_the_landing_page(service, client, reply):
    """The page is asked for with its trailing slash (up42-api.md section 8.1)."""
    service.on("GET", f"{ROOT}/", reply({"id": "up42-storage", "title": "UP42 Storage", "conformsTo": ["a", 5]}))

    landing = await client.storage.landing()

    assert (landing.catalog_id, landing.title, landing.conforms_to) == ("up42-storage", "UP42 Storage", ("a",))


async def test_collections_follow_a_token_to_the_configured_scheme(service, client, reply):
    """The documented next link has an absolute href; the workspace is asked for by its own name."""
    following = {"rel": "next", "href": f"{service.url}{ROOT}/collections?token=next:2", "method": "GET"}
    service.on(
        "GET",
        f"{ROOT}/collections",
        lambda got: reply(
            {"collections": [{"id": "c2"}]}
            if "token" in got.query
            else {"collections": [{"id": "c1", "up42-system:job_id": "j"}], "links": [following]}
        ),
    )

    pages = [page async for page in client.storage.collections(workspace_id="w")]

    assert [[one.collection_id for one in page] for page in pages] == [["c1"], ["c2"]]
    assert service.api_requests[0].query == {"limit": "100", "workspace_id": "w"}


async def test_one_collection_by_id_or_by_url(service, client, reply):
    """A collection is found by the link that a job's results carry, whatever host that names."""
    service.on("GET", f"{ROOT}/collections/c1", reply({"id": "c1", "title": "T"}))

    assert (await client.storage.collection("c1")).title == "T"
    assert (await client.storage.collection_at(f"https://api.up42.dev{ROOT}/collections/c1")).title == "T"
    with pytest.raises(NotFound):
        await client.storage.collection_at(f"{ROOT}/collections/c2")


async def test_a_link_that_names_no_collection_is_a_usage_error(service, client):
    """Nothing is asked for a link without an id."""
    with pytest.raises(UsageError):
        await client.storage.collection_items("https://api.up42.com/v2/assets")

    assert service.requests == []


async def test_the_items_of_a_collection(service, client, reply):
    """All pages, each item once, links as the configured API has them."""
    following = {"rel": "next", "href": f"{ITEMS}?token=2"}
    service.on(
        "GET",
        ITEMS,
        lambda got: reply(
            features(item("b"), item("c"))
            if "token" in got.query
            else features(item("a"), item("b"), links=[following])
        ),
    )

    items = await client.storage.collection_items(f"https://elsewhere.example{ROOT}/collections/c1")

    assert [one.item_id for one in items] == ["a", "b", "c"]
    assert items[0].href == f"{service.url}{ITEMS}/a"


async def test_a_missing_collection_is_not_found(client):
    """404 is told apart from an empty collection."""
    with pytest.raises(NotFound):
        await client.storage.collection_items(f"{ROOT}/collections/c1")


@pytest.mark.parametrize("absolute", [False, True], ids=["path", "url"])
async def test_one_item(service, client, reply, absolute):
    """An item is read by its link in either form."""
    service.on("GET", f"{ITEMS}/a", reply(item("a")))

    read = await client.storage.item((service.url if absolute else "") + f"{ITEMS}/a")

    assert read.item_id == "a"


async def test_an_item_on_another_host_is_not_asked_for(service, elsewhere, client):
    """The token does not go to the host of a link."""
    with pytest.raises(UsageError, match="no item in storage"):
        await client.storage.item(f"{elsewhere.url}{ITEMS}/a")

    assert service.requests == []
    assert elsewhere.requests == []


async def test_a_search_sends_its_body_as_it_is(service, client, reply):
    """The body is the endpoint's own."""
    service.on("POST", SEARCH, reply(features(item("a"))))
    body = {"filter": {"op": "<", "args": [{"property": "eo:cloud_cover"}, 10]}, "limit": 50}

    assert await searched(client, body) == ["a"]
    assert [got.json for got in service.api_requests] == [body]


@pytest.mark.parametrize(
    ("link", "second"),
    [
        pytest.param({"method": "POST", "body": {"token": "2"}}, {"token": "2"}, id="body"),
        pytest.param(
            {"method": "POST", "body": {"token": "2"}, "merge": True},
            {"limit": 1, "ids": ["x"], "token": "2"},
            id="merge",
        ),
        pytest.param({"body": {"token": "2"}}, {"token": "2"}, id="body-without-method"),
    ],
)
async def test_a_search_follows_post_links(service, client, reply, link, second):
    """A next link with a body is posted, laid over the body before it where it says so."""
    following = {"rel": "next", "href": SEARCH, **link}
    service.on(
        "POST",
        SEARCH,
        lambda got: reply(features(item("b")) if "token" in got.json else features(item("a"), links=[following])),
    )

    assert await searched(client, {"limit": 1, "ids": ["x"]}) == ["a", "b"]
    assert service.api_requests[1].json == second
    assert len(service.api_requests) == 2


async def test_a_search_follows_get_links(service, client, reply):
    """A next link without a method is a GET, as STAC has it."""
    service.on("POST", SEARCH, reply(features(item("a"), links=[{"rel": "next", "href": SEARCH + "?token=2"}])))
    service.on("GET", SEARCH, reply(features(item("b"))))

    assert await searched(client, {"limit": 1}) == ["a", "b"]


async def test_a_full_page_without_links_is_followed_by_number(service, client, reply):
    """The documented `page` is the other way of paging, counted from 0."""
    pages = {0: [item("a"), item("b")], 1: [item("c"), item("d")], 2: [item("e")]}
    service.on("POST", SEARCH, lambda got: reply(features(*pages[got.json.get("page", 0)])))

    assert await searched(client, {"limit": 2, "ids": ["x"]}) == ["a", "b", "c", "d", "e"]
    assert [got.json.get("page") for got in service.api_requests] == [None, 1, 2]
    assert all(got.json["ids"] == ["x"] for got in service.api_requests)


async def test_ten_items_are_a_full_page_where_no_limit_is_said(service, client, reply):
    """The documented default of `limit` decides whether there may be more."""
    pages = {0: [item(str(number)) for number in range(10)], 1: []}
    service.on("POST", SEARCH, lambda got: reply(features(*pages[got.json.get("page", 0)])))

    assert len(await searched(client, {})) == 10
    assert len(service.api_requests) == 2


async def test_a_service_that_ignores_the_page_number_is_asked_once_more_only(service, client, reply):
    """The same page again has nothing new, and ends the search."""
    service.on("POST", SEARCH, reply(features(item("a"), item("b"))))

    assert await searched(client, {"limit": 2}) == ["a", "b"]
    assert len(service.api_requests) == 2


async def test_a_service_that_does_not_know_the_page_number_had_one_page(service, client, reply):
    """A 400 to the second page ends the search, a 400 to the first is an error."""
    service.on("POST", SEARCH, lambda got: reply(status=400) if "page" in got.json else reply(features(item("a"))))
    assert await searched(client, {"limit": 1}) == ["a"]

    service.on("POST", SEARCH, reply(status=400))
    with pytest.raises(AnswerError):
        await searched(client, {"limit": 1})


async def test_links_are_preferred_to_numbers(service, client, reply):
    """Where links were given, a full last page is the last page."""
    following = {"rel": "next", "href": SEARCH, "method": "POST", "body": {"token": "2"}}
    service.on(
        "POST",
        SEARCH,
        lambda got: reply(features(item("b")) if "token" in got.json else features(item("a"), links=[following])),
    )

    assert await searched(client, {"limit": 1}) == ["a", "b"]
    assert not any("page" in got.json for got in service.api_requests)


async def test_one_id_in_two_collections_is_two_items(service, client, reply):
    """Items are told apart by collection and id."""
    service.on("POST", SEARCH, reply(features(item("a"), item("a", collection="c2"), item("a"))))

    assert await searched(client, {"limit": 5}) == ["a", "a"]


async def test_the_items_of_a_job_are_searched_as_documented(service, client, reply):
    """The guide's own filter."""
    service.on("POST", SEARCH, reply(features(item("a", "6856"), item("b"))))

    items = await client.storage.items_of_job("6856")

    assert [one.item_id for one in items] == ["a", "b"]
    assert service.api_requests[0].json["filter"] == {"op": "=", "args": [{"property": "job_id"}, "6856"]}


async def test_items_of_another_job_are_left_out(service, client, reply):
    """A service that ignores the filter cannot slip in another job's results."""
    service.on("POST", SEARCH, reply(features(item("a", "6856"), item("b", "7777"))))

    assert [one.item_id for one in await client.storage.items_of_job("6856")] == ["a"]


async def test_the_namespaced_property_is_the_other_reading(service, client, reply):
    """Where `job_id` is refused, `up42-system:job_id` is tried."""
    name = "up42-system:job_id"
    service.on("POST", SEARCH, lambda got: reply(features(item("a"))) if name in str(got.json) else reply(status=400))

    assert [one.item_id for one in await client.storage.items_of_job("6856")] == ["a"]
    assert len(service.api_requests) == 2


async def test_no_items_of_a_job_are_none(service, client, reply):
    """An empty search is not an error."""
    service.on("POST", SEARCH, reply(features()))

    assert await client.storage.items_of_job("6856") == ()
    assert len(service.api_requests) == 1


@pytest.mark.parametrize(
    "href",
    ["/v2/assets/a1", "/v2/assets/a1/download-url", "/v2/assets/a1/download-url/"],
    ids=["plain", "with-suffix", "with-slash"],
)
async def test_a_signed_url_is_asked_for_in_both_forms_of_href(service, client, reply, href):
    """The suffix is added only where it is missing (up42-api.md section 0a)."""
    signed = "https://storage.googleapis.com/bucket/file?sig=1"
    service.on("POST", "/v2/assets/a1/download-url", reply({"url": signed}))

    assert await client.storage.signed_url(service.url + href) == signed
    assert service.api_requests[0].body == b""


async def test_asking_for_a_signed_url_is_repeated(service, client, reply):
    """It changes nothing that counts."""
    service.on("POST", "/v2/assets/a1/download-url", [reply(status=503), reply({"url": "/signed/1?x=2"})])

    assert await client.storage.signed_url("/v2/assets/a1") == f"{service.url}/signed/1?x=2"


@pytest.mark.parametrize(
    "href", ["https://elsewhere.example/v2/assets/a1", "", "ftp://x/y"], ids=["other-host", "none", "scheme"]
)
async def test_a_foreign_asset_gets_no_signed_url(service, client, href):
    """The token does not go to the host of an asset's link, and the path is not tried on our own."""
    assert client.storage.is_held(href) is False
    with pytest.raises(UnexpectedAnswer, match="not on the API host"):
        await client.storage.signed_url(href)

    assert service.requests == []


@pytest.mark.parametrize(
    "answer",
    [{}, {"url": None}, {"url": "http://storage.example.com/x?sig=s3"}, {"url": "file:///etc/passwd"}, []],
    ids=["missing", "null", "plain-http", "file", "list"],
)
async def test_a_signed_url_that_may_not_be_followed_is_refused(service, client, reply, answer):
    """Only TLS, or this machine; the refusal repeats no signature."""
    service.on("POST", "/v2/assets/a1/download-url", reply(answer))

    with pytest.raises(UnexpectedAnswer) as caught:
        await client.storage.signed_url("/v2/assets/a1")

    assert "s3" not in f"{caught.value} {vars(caught.value)}"
