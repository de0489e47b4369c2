import pytest

from reconciler.errors import (
    AnswerError,
    Forbidden,
    InputsRejected,
    NotFound,
    ServerFault,
    TooManyRequests,
    UnexpectedAnswer,
    UsageError,
)
from reconciler.up42.session import Call

pytestmark = pytest.mark.anyio
PATH = "/v2/thing"
GET = Call("GET", PATH)


@pytest.mark.parametrize(
    ("status", "error", "retryable"),
    [
        (400, AnswerError, False),
        (401, Forbidden, False),
        (402, AnswerError, False),
        (403, Forbidden, False),
        (404, NotFound, False),
        (408, AnswerError, False),
        (409, AnswerError, False),
        (422, AnswerError, False),
        (429, TooManyRequests, True),
        (500, ServerFault, True),
        (501, ServerFault, False),
        (503, ServerFault, True),
        (599, ServerFault, False),
    ],
)
async def test_each_error_status_has_its_error(service, client, reply, status, error, retryable):
    """Status, body and address are kept, the query is not."""
    service.on("GET", PATH, reply({"message": "What went wrong."}, status))

    with pytest.raises(AnswerError) as caught:
        await client.session.request(Call("GET", PATH, {"secret": "s3"}))

    failure = caught.value
    assert type(failure) is error
    assert (failure.status, failure.retryable, failure.method) == (status, retryable, "GET")
    assert failure.url == service.url + PATH
    assert "What went wrong" in failure.body
    assert "What went wrong" in str(failure)
    assert "s3" not in f"{failure} {vars(failure)}"


async def test_rejected_inputs_have_reasons(service, client, reply):
    """A 422 to a request about inputs gives its reasons by name."""
    errors = [{"name": "MissingPanchromaticAsset", "message": "No pan."}, {"name": "Other", "message": "Else."}]
    service.on("POST", PATH, reply({"errors": errors}, 422))

    with pytest.raises(InputsRejected, match="MissingPanchromaticAsset, Other") as caught:
        await client.session.request(Call("POST", PATH, body={}, about_inputs=True))

    assert [(one.name, one.message) for one in caught.value.errors] == [
        ("MissingPanchromaticAsset", "No pan."),
        ("Other", "Else."),
    ]


async def test_inputs_rejected_without_a_word_have_a_reason_all_the_same(service, client, reply):
    """There is at least one reason, so that nobody prints an empty list."""
    service.on("POST", PATH, reply(status=400, body=b"<html>"))

    with pytest.raises(InputsRejected) as caught:
        await client.session.request(Call("POST", PATH, body={}, about_inputs=True))

    assert [one.name for one in caught.value.errors] == ["Bad Request"]


async def test_a_body_is_kept_short_and_printable(service, client, reply):
    """An error keeps at most 2,000 characters, none of which steers a terminal."""
    service.on("GET", PATH, reply(status=400, body=b"\x1b[2J" + b"x" * 5_000_000))

    with pytest.raises(AnswerError) as caught:
        await client.session.request(GET)

    assert len(caught.value.body) == 2000
    assert "\x1b" not in caught.value.body


async def test_a_refusal_counts_although_its_body_is_cut(service, client, reply):
    """The status of a refusal is known before its body."""
    service.on("GET", PATH, reply({"message": "gone"}, 404, cut_at=4))

    with pytest.raises(NotFound):
        await client.session.request(GET)


async def test_an_echoed_token_is_cut_out(service, client, reply):
    """A service that repeats the token in its error does not get it into ours."""
    service.on("GET", PATH, lambda got: reply({"message": f"bad {got.headers['authorization']}"}, 400))

    with pytest.raises(AnswerError) as caught:
        await client.session.request(GET)

    assert "token-1" not in f"{caught.value!r} {vars(caught.value)}"
    assert "bad Bearer (token)" in str(caught.value)


async def test_a_second_401_is_a_refusal(service, client, reply):
    """A fresh token that is refused too is no reason to go on signing in."""
    service.on("GET", PATH, reply(status=401))

    with pytest.raises(Forbidden):
        await client.session.request(GET)

    assert len(service.asked(PATH)) == 2
    assert len(service.sign_ins) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(service, elsewhere, client, reply, status):
    """The token does not leave the API host, and the request is not sent elsewhere without it either."""
    service.on("GET", PATH, reply(status=status, headers={"Location": elsewhere.url + PATH}))

    with pytest.raises(UnexpectedAnswer, match="redirect") as caught:
        await client.session.request(GET)

    assert caught.value.status == status
    assert elsewhere.requests == []


async def test_an_answer_that_is_not_json_is_unexpected(service, client, reply):
    """A gateway's HTML page is one clear error."""
    service.on("GET", PATH, reply(body=b"<html>hello"))
    answer = await client.session.request(GET)

    with pytest.raises(UnexpectedAnswer, match="not JSON") as caught:
        answer.json()

    assert caught.value.body == "<html>hello"


async def test_a_body_that_json_cannot_hold_is_not_sent(service, client):
    """An infinite number in the inputs is a usage error, not a traceback."""
    with pytest.raises(UsageError):
        await client.session.request(Call("POST", PATH, body={"inputs": {"x": float("inf")}}))

    assert service.requests == []
