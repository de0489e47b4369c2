import pytest

from reconciler.errors import (
    AnswerError,
    AnswerLost,
    Forbidden,
    ServerFault,
    TooManyRequests,
    UnexpectedAnswer,
    UsageError,
)
from reconciler.forge.commenting import Put, author_of, put
from reconciler.forge.marker import Write
from tests.forge.github_server import BOT, PERSON
from tests.serving import Reply

pytestmark = pytest.mark.anyio

SECONDARY = Reply({"message": "You have exceeded a secondary rate limit"}, 403, headers={"Retry-After": "7"})
EXHAUSTED = Reply(
    {"message": "API rate limit exceeded"},
    403,
    headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1717416042"},  # 42 s after the answer's Date
)


async def test_the_first_plan_is_a_new_comment(server, github, make_body):
    """Where no comment of ours is, one is created, with the text as it is."""
    assert await put(github, 7, make_body(), BOT) == Put(Write.CREATE)

    assert [request.json for request in server.writes] == [{"body": make_body()}]


async def test_a_second_plan_takes_its_place(server, github, make_body):
    """A pull request has one comment, however often it is planned."""
    await put(github, 7, make_body("one"), BOT)
    await put(github, 7, make_body("two"), BOT)

    assert [one["body"].splitlines()[-1] for one in server.store.comments] == ["two"]


async def test_an_equal_text_is_not_written_again(server, github, make_body):
    """Nobody is notified, and nothing is marked as edited, where nothing changed."""
    await put(github, 7, make_body(), BOT)

    assert await put(github, 7, make_body(), BOT) == Put(Write.NOTHING_EQUAL)
    assert len(server.writes) == 1


async def test_a_newer_plan_is_not_written_over(server, github, make_body):
    """A run that took longer does not put its older plan in front of the reviewers."""
    server.store.comment(make_body("two", valid_at="2024-06-14T12:41:00Z"))

    assert await put(github, 7, make_body(), BOT) == Put(Write.NOTHING_NEWER)
    assert not server.writes


async def test_comments_of_a_race_stay(server, github, make_body):
    """Of several comments with our key the oldest is brought up to date; none is deleted."""
    for text in ("one", "two", "three"):
        server.store.comment(make_body(text))

    assert await put(github, 7, make_body("four"), BOT) == Put(Write.UPDATE, duplicates=2)
    assert [one["body"].splitlines()[-1] for one in server.store.comments] == ["four", "two", "three"]


async def test_every_page_is_looked_at(server, github, make_body):
    """Our comment is found behind hundreds of others."""
    for _ in range(250):
        server.store.comment("I agree", "eve")
    server.store.comment(make_body("old"))

    assert await put(github, 7, make_body(), BOT) == Put(Write.UPDATE)
    assert [request.query.get("page") for request in server.requests[:3]] == [None, "2", "3"]


async def test_a_next_page_elsewhere_is_not_asked_for(server, github, make_body):
    """The token does not go to another host because an answer says so."""
    server.fault("GET", Reply([], headers={"Link": '<https://eve.example/comments?page=2>; rel="next"'}))

    with pytest.raises(UnexpectedAnswer, match="at another host"):
        await put(github, 7, make_body(), BOT)


async def test_pages_without_an_end_are_left(server, github, make_body):
    """A next page that was there already ends the listing with an error, not with a second comment."""
    server.fault("GET", Reply([], headers={"Link": f'<{server.url}/x?per_page=100&page=2>; rel="next"'}), 3)

    with pytest.raises(UnexpectedAnswer, match="no end"):
        await put(github, 7, make_body(), BOT)


async def test_a_redirect_is_not_followed(server, github, make_body):
    """The token does not travel along a redirect; the sentence says what may have happened."""
    server.fault("GET", Reply({}, 301, headers={"Location": f"{server.url}/user"}))

    with pytest.raises(UnexpectedAnswer, match="was the repository renamed"):
        await put(github, 7, make_body(), BOT)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "misdeed",
    [Reply({}, 500), Reply({}, 502), Reply(reset=True), Reply(silent=True), Reply({}, 201, cut_at=1)],
    ids=["500", "502", "reset", "silent", "cut"],
)
@pytest.mark.parametrize("done", [True, False], ids=["created", "not-created"])
async def test_a_create_with_an_unknown_outcome_makes_one_comment(server, github, make_body, misdeed, done):
    """After a lost answer the comments are looked at again: one is there in the end, whether or not it had come."""
    server.fault("POST", misdeed, done=done)

    assert await put(github, 7, make_body(), BOT) == Put(Write.CREATE)
    assert len(server.store.comments) == 1
    assert len(server.writes) == (1 if done else 2)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize(
    ("misdeed", "asked_s"),
    [
        (Reply({}, 503), None),
        (Reply({}, 429, headers={"Retry-After": "7"}), 7),
        (SECONDARY, 7),
        (EXHAUSTED, 42),
        (Reply({}, 429, headers={"Retry-After": "86400"}), 120),
    ],
    ids=["503", "429", "secondary", "exhausted", "a day"],
)
async def test_what_passes_is_tried_again(server, github, clock, make_body, method, misdeed, asked_s):
    """Faults and rate limits, the secondary ones as well, are waited out as long as GitHub asks, within reason."""
    if method == "PATCH":
        server.store.comment(make_body("old"))
    server.fault(method, misdeed)

    await put(github, 7, make_body(), BOT)

    assert len(server.store.comments) == 1
    assert clock.sleeps_s[0] >= (asked_s or 0)
    assert clock.sleeps_s[0] <= (asked_s or 1) * 1.2


@pytest.mark.parametrize(
    ("method", "misdeed", "error"),
    [
        ("GET", Reply({}, 502), ServerFault),
        ("POST", Reply({}, 502), ServerFault),
        ("GET", SECONDARY, TooManyRequests),
        ("POST", Reply(reset=True), AnswerLost),
    ],
)
async def test_it_gives_up_after_five_tries(server, github, clock, make_body, method, misdeed, error):
    """Five tries with doubling pauses, then what went wrong is said; listing and writing do not multiply."""
    server.fault(method, misdeed, 100)

    with pytest.raises(error):
        await put(github, 7, make_body(), BOT)

    assert len([request for request in server.requests if request.method == method]) == 5
    assert misdeed is SECONDARY or clock.sleeps_s == [1, 2, 4, 8]


async def test_a_comment_that_is_deleted_meanwhile_is_created_anew(server, github, make_body):
    """An update that finds its comment gone looks again."""
    server.store.comment(make_body("old"))
    server.fault("PATCH", Reply({"message": "Not Found"}, 404), meanwhile=server.store.comments.clear)

    assert await put(github, 7, make_body(), BOT) == Put(Write.CREATE)
    assert len(server.store.comments) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_says_which_permission_is_missing(server, github, make_body, status):
    """Whoever may not write learns at once what the token needs, in GitHub's words and ours."""
    server.fault("POST", Reply({"message": "Resource not accessible by integration"}, status))

    with pytest.raises(Forbidden, match="Resource not accessible by integration") as caught:
        await put(github, 7, make_body(), BOT)

    assert "`pull-requests: write`" in caught.value.hint
    assert len(server.writes) == 1


async def test_a_text_that_is_too_long_is_said_so(server, github, make_body):
    """GitHub's limit is named, and nothing is tried again."""
    with pytest.raises(AnswerError, match="too long") as caught:
        await put(github, 7, make_body("x" * 65_537), BOT)

    assert caught.value.status == 422
    assert "--format markdown" in caught.value.hint
    assert len(server.writes) == 1


async def test_the_token_is_in_no_error(server, github, make_body):
    """An answer that echoes the token does not bring it into an error."""
    server.fault("POST", Reply({"message": "Bad credentials: token-of-an-installation"}, 401))

    with pytest.raises(Forbidden) as caught:
        await put(github, 7, make_body(), BOT)

    assert "token-of-an-installation" not in f"{caught.value} {vars(caught.value)}"


async def test_a_text_without_a_marker_is_refused(server, github):
    """What no later run would find again is not posted."""
    with pytest.raises(UsageError, match="marker"):
        await put(github, 7, "## Plan", BOT)
    assert not server.requests


@pytest.mark.parametrize("listing", [{"message": "hm"}, "hm", None, 7])
async def test_a_listing_that_is_none_is_an_error(server, github, make_body, listing):
    """Comments that cannot be read are not taken for no comments."""
    server.fault("GET", Reply(listing) if listing else Reply(body=b"<html>"))

    with pytest.raises(UnexpectedAnswer):
        await put(github, 7, make_body(), BOT)


async def test_odd_comments_are_passed_over(server, github, make_body):
    """Comments without an account, a text or an id stop nothing."""
    server.fault("GET", Reply([None, 7, {}, {"id": 1, "user": None, "body": None}, {"id": "x"}]))

    assert await put(github, 7, make_body(), BOT) == Put(Write.CREATE)


async def test_whose_comments_are_ours(server, connect):
    """Who was named; else the token's account; else, for a workflow's token, which may not ask, the workflow's bot."""
    assert await author_of(connect(), "Bob") == "Bob"
    assert await author_of(connect(PERSON), None) == "Ann"
    assert await author_of(connect(), None) == BOT


async def test_a_wrong_token_is_not_a_workflows(connect):
    """A token that is not accepted is said so, not taken for one that may not ask who it is."""
    with pytest.raises(Forbidden, match="Bad credentials"):
        await author_of(connect("stolen"), None)
