"""What goes wrong ends as one sentence that says what to do next, and the other outputs are delivered."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.e2e.harness import COAST, TOWN, Repo, Service, output


def test_a_wrong_password(repo: Repo, service: Service) -> None:
    """8, and where to look; the password is never shown."""
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes", UP42_PASSWORD="not-the-one").ended(8)

    assert "UP42_PASSWORD" in found.err
    assert "not-the-one" not in found.out + found.err


def test_no_credentials(repo: Repo) -> None:
    """8, naming the variables and the way without an account."""
    repo.write(output("coast"))

    found = repo.run("plan", "outputs.yaml", UP42_WORKSPACE_ID="w").ended(8)

    assert "Set UP42_USERNAME and UP42_PASSWORD" in found.err
    assert "--sandbox" in found.err


@pytest.mark.parametrize(
    ("bad", "sentences"),
    [
        pytest.param(
            output("bad", "pansharpenning"),
            ["UP42 has no process pansharpenning (did you mean pansharpening?)", "reconciler processes"],
            id="unknown process",
        ),
        pytest.param(
            output("bad", "detection-trees-spacept"),
            ["EULA not accepted: reconciler eulas accept "],
            id="unaccepted EULA",
        ),
        pytest.param(
            output("bad", inputs=f"{{item: {TOWN}}}"),
            ["input invalid: MissingPanchromaticAsset", "correct spec.inputs"],
            id="missing pan band",
        ),
        pytest.param(
            output("bad", inputs=f"{{item: {COAST[:-4]}dead}}"), ["input invalid: ItemNotFound"], id="item deleted"
        ),
        pytest.param(
            output("bad", inputs=f"{{item: {COAST}, greyWeigths: []}}"),
            ["input greyWeigths", "did you mean greyWeights?"],
            id="misspelled input",
        ),
        pytest.param(
            output("bad", inputs=f'{{item: "https://api.up42.com{COAST}", greyWeights: [{{band: red, weight: 1}}]}}'),
            ["the item is at api.up42.com"],
            id="item at another host",
        ),
    ],
)
def test_one_blocked_output_never_stops_the_others(
    repo: Repo, service: Service, bad: str, sentences: list[str]
) -> None:
    """The plan shows the cause, the apply delivers the rest and ends with 7."""
    repo.write(bad + output("coast"))

    planned = repo.run("plan", "outputs.yaml").ended(0)
    assert "  ! bad" in planned.out
    assert all(sentence in planned.out for sentence in sentences), planned.out
    applied = repo.run("apply", "outputs.yaml", "--yes").ended(7)

    assert all(sentence in applied.out for sentence in sentences)
    assert len(repo.files("outputs/coast")) == 2
    assert service.posts()["execution"] == 1
    repo.run("plan", "outputs.yaml", "--fail-on", "blocked").ended(7)


def test_a_balance_that_does_not_cover_all(repo: Repo, service: Service) -> None:
    """The higher priority goes first, the other is deferred: what it costs and what is left."""
    service.sandbox.set_balance(60)
    weights = f"{{item: {COAST}, greyWeights: [{{band: red, weight: 1}}]}}"
    repo.write(output("later", inputs=weights) + output("first", more="priority: 10"))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(7)

    assert "  ~ later" in found.out
    assert "58 credits, 2 left" in found.out
    assert "top it up, then apply again" in found.out
    assert len(repo.files("outputs/first")) == 2
    assert service.posts()["execution"] == 1


def test_results_that_were_deleted_need_a_word(repo: Repo, service: Service) -> None:
    """Results that are gone from storage are not paid for again unless --rebuy says so."""
    repo.write(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {timing: {settle: 1s}}\n", "p.yaml"
    )
    repo.write(output("coast"))
    repo.run("apply", ".", "--yes").ended(0)
    for path in repo.files():
        (repo.folder / path).unlink()
    token = _token(service)
    (job,) = repo.run("jobs", "--format", "json").ended(0).document["jobs"]
    delete(service, token, job["collection_url"])

    blocked = repo.run("apply", ".", "--yes").ended(7)
    assert "results deleted from storage: --rebuy pays again" in blocked.out
    assert service.posts()["execution"] == 1
    bought = repo.run("apply", ".", "--yes", "--rebuy").ended(0)

    assert "asked by --rebuy" in bought.out
    assert service.posts()["execution"] == 2
    assert "No changes." in repo.run("plan", ".").ended(0).out


def _token(service: Service) -> str:
    import httpx  # noqa: PLC0415 - the one test that plays the console

    form = {"grant_type": "password", "username": "sandbox@example.com", "password": "sandbox", "client_id": "up42-api"}
    answer = httpx.post(f"{service.server.base_url}/realms/public/protocol/openid-connect/token", data=form)
    token: str = answer.json()["access_token"]
    return token


def delete(service: Service, token: str, url: str) -> None:
    import httpx  # noqa: PLC0415 - as above

    path = url[url.index("/v2/") :]
    answer = httpx.delete(f"{service.server.base_url}{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 204


Change = Callable[[dict[str, Any]], None]


def changing_answers(part: str, change: Change) -> Callable[[ASGIApp], ASGIApp]:
    """A layer that changes the JSON answers to requests whose path holds this part."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or part not in scope["path"]:
                await app(scope, receive, send)
                return
            started: list[Message] = []
            body = b""

            async def caught(message: Message) -> None:
                nonlocal body
                if message["type"] == "http.response.start":
                    started.append(message)
                    return
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                document = json.loads(body or b"{}")
                change(document)
                changed = json.dumps(document).encode() if body else b""
                headers = [(k, v) for k, v in started[0]["headers"] if k.lower() != b"content-length"]
                headers.append((b"content-length", str(len(changed)).encode()))
                await send({**started[0], "headers": headers})
                await send({"type": "http.response.body", "body": changed})

            await app(scope, receive, caught)

        return wrapped

    return wrap


def test_a_definition_that_comes_back_changed(repo: Repo, service: Service) -> None:
    """The run stops creating after one job, says so, and no later run pays for that output again."""
    service.fault("definition-changed:input=serviceMode")
    weights = [f"{{item: {COAST}, greyWeights: [{{band: red, weight: {n}}}]}}" for n in (1, 2, 3)]
    repo.write("".join(output(f"o{n}", inputs=text) for n, text in enumerate(weights)))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(1)
    assert "came back with other inputs than were sent" in found.err
    assert "ignoreJobs" in found.err
    assert service.posts()["execution"] == 1
    again = repo.run("plan", "outputs.yaml").ended(0)

    assert "1 blocked" in again.out
    assert "came back with other inputs than were sent (serviceMode " in again.out


@pytest.mark.parametrize("fault", ["lost-reply", "server-error:done=true,status=500", "cut-body"])
def test_a_lost_answer_is_not_paid_twice(repo: Repo, service: Service, fault: str) -> None:
    """However the answer to a create is lost, the job is found in the listing and used."""
    service.fault(f"{fault}{',' if ':' in fault else ':'}request=execute,count=1")
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert "is not known" in found.err
    assert service.posts()["execution"] == 1
    assert len(repo.files()) == 2


@pytest.mark.parametrize(
    "fault",
    [
        "listing-lag:seconds=0.3",
        "duplicate-page:request=search,count=2",
        "empty-page:request=list-jobs,count=3",
        "unknown-fields",
        "unknown-status:instead-of=running",
        "server-error:rate=0.3,request=get-item",
        "rate-limited:request=search,count=2,retry-after=date",
        "token-expires:seconds=0.2,count=3",
        "flipped-bytes:count=1",
        "cut-body:request=signed-download,count=2",
        "url-expires:count=1",
        "lost-reply:request=download-url,count=1",
        "latency:seconds=0.02",
    ],
)
def test_what_the_network_and_the_service_do_is_survived(repo: Repo, service: Service, fault: str) -> None:
    """One job, paid once, delivered whole, under each fault that passes; the next run finds nothing to do."""
    before = service.sandbox.credits_available()
    service.fault(fault)
    repo.write(output("coast"))

    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    service.sandbox.faults.remove()

    assert "No changes." in repo.run("plan", "outputs.yaml").ended(0).out
    assert before - service.sandbox.credits_available() == 58
    assert service.posts()["execution"] == 1


def refusing(status: int, how_many: int) -> Callable[[ASGIApp], ASGIApp]:
    """A layer that refuses the first executions before any effect."""
    left = [how_many]

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].endswith("/execution") and left[0] > 0:
                left[0] -= 1
                headers = [(b"retry-after", b"1"), (b"content-type", b"application/json")]
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": b"{}"})
                return
            await app(scope, receive, send)

        return wrapped

    return wrap


def test_too_many_requests_are_sent_again(repo: Repo, service: Service) -> None:
    """429 created nothing: it is sent again when the service says so, under a claim of its own."""
    service.fault("rate-limited:request=execute,count=2")
    repo.write(output("coast"))

    repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert service.posts()["execution"] == 3
    assert len(repo.run("jobs", "--format", "json").document["jobs"]) == 1


def test_a_refused_create_is_not_repeated(repo: Repo, serve: Callable[..., Service]) -> None:
    """402 created nothing, and asking again will not help: the output fails, a later run may try."""
    service = serve(wrap=refusing(402, 1))
    repo.write(output("coast"))

    repo.run("apply", "outputs.yaml", "--yes").ended(7)
    assert service.posts()["execution"] == 1
    repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert service.posts()["execution"] == 2


def test_a_price_that_rose_is_not_paid(repo: Repo, service: Service) -> None:
    """The price is asked again right before the create: more than the plan showed is never spent."""
    service.fault("price-rises:request=price,credits=1,skip=1")
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(7)

    assert "The price of coast is 59 credits by now, 58 credits in the plan" in found.out
    assert service.posts()["execution"] == 0


@pytest.mark.parametrize("price", [-1, 58.5, None, "58"])
def test_an_unknown_price_needs_a_ceiling(repo: Repo, serve: Callable[..., Service], price: object) -> None:
    """An answer that is no price is unknown, never 0: refused with 4, unless --max-credits allows it."""
    service = serve(wrap=changing_answers("/cost", lambda quote: quote.update(totalCredits=price)))
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(4)
    assert "unknown" in found.out
    assert "--max-credits" in found.err
    assert service.posts()["execution"] == 0
    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "100").ended(0)

    assert service.posts()["execution"] == 1


def test_the_ceiling_refuses_the_whole(repo: Repo, service: Service) -> None:
    """Over --max-credits or RECONCILER_MAX_CREDITS nothing is created; the option cannot raise the variable."""
    repo.write(output("coast"))

    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "57").ended(4)
    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "100", RECONCILER_MAX_CREDITS="57").ended(4)
    assert service.posts()["execution"] == 0

    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "58").ended(0)


def test_nobody_to_ask(repo: Repo, service: Service) -> None:
    """Without a terminal, an apply that pays needs --yes; one that does not pay needs nobody."""
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml").ended(10)

    assert "--yes" in found.err
    assert service.posts()["execution"] == 0


def test_ci_needs_a_state_store_to_pay(repo: Repo, service: Service) -> None:
    """A runner's own disk forgets: an apply that pays with CI set names its state store."""
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes", CI="true").ended(64)
    assert "RECONCILER_STATE" in found.err
    assert service.posts()["execution"] == 0
    repo.run("apply", "outputs.yaml", "--yes", CI="true", RECONCILER_STATE=str(repo.folder / "state")).ended(0)

    repo.run("apply", "outputs.yaml", CI="true").ended(0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["plan", "outputs.yaml", "--explain", "nothing"], "--explain nothing: there is no such output"),
        (["apply", "plan.json"], "The plan file plan.json cannot be read"),
        (["apply", "outputs.yaml", "--digest", "sha256:0"], "--digest belongs to a plan file"),
        (["show", "plan.json"], "The plan file plan.json cannot be read"),
        (["sandbox", "serve", "--fault", "meteor"], "There is no fault 'meteor'"),
        (["sandbox", "faults", "--add", "latency:seconds=long"], "reconciler sandbox faults --list shows them all"),
        (["plan", "outputs.yaml", "--select", "nothing"], "--select nothing matches no output"),
        (["plan", "outputs.yaml", "--replace", "nothing"], "there is no such output"),
        (["plan", "elsewhere"], "elsewhere cannot be read"),
        (["plan"], "PATHS"),
        (["apply", "outputs.yaml", "--timeout", "soon"], "write 90s, 10m or 2h"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors_end_with_64(repo: Repo, arguments: list[str], sentence: str) -> None:
    """What cannot be used is refused by one clear sentence."""
    repo.write(output("coast"))

    found = repo.run(*arguments, UP42_WORKSPACE_ID="w").ended(64)

    assert sentence in found.err
    assert found.out == ""


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "No workspace is named"),
        ({"UP42_WORKSPACE_ID": "w", "UP42_REGION": "moon"}, "moon"),
        ({"UP42_WORKSPACE_ID": "w", "RECONCILER_MAX_CREDITS": "-1"}, "RECONCILER_MAX_CREDITS"),
        ({"UP42_WORKSPACE_ID": "w", "UP42_PASSWORD_FILE": "nowhere"}, "UP42_PASSWORD_FILE cannot be read"),
        ({"UP42_WORKSPACE_ID": "w", "RECONCILER_STATE": "s3://bucket/state"}, "s3:// is not available"),
        ({"UP42_WORKSPACE_ID": "w", "UP42_API_URL": "http://api.example.com"}, "UP42_API_URL"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_an_environment_that_cannot_be_used(repo: Repo, environment: dict[str, str], sentence: str) -> None:
    """64 and one sentence that names the variable."""
    repo.write(output("coast"))
    credentials = {} if "UP42_PASSWORD_FILE" in environment else {"UP42_PASSWORD": "p"}

    found = repo.run("plan", "outputs.yaml", UP42_USERNAME="u", **credentials, **environment).ended(64)

    assert sentence in found.err


def test_a_workspace_named_twice(repo: Repo, service: Service) -> None:
    """The Project and the environment have to agree."""
    repo.write(output("coast"))
    repo.write(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {provider: {workspaceId: other}}\n",
        "p.yaml",
    )

    assert "UP42_WORKSPACE_ID names" in repo.run("plan", ".").ended(64).err


def test_a_bucket_is_refused_with_its_place(repo: Repo, service: Service) -> None:
    """Destinations in buckets come later; play does not mind, it delivers elsewhere anyway."""
    repo.write(output("coast", more="delivery: {to: s3://bucket/prefix}"))

    found = repo.run("plan", "outputs.yaml").ended(65)
    assert "outputs.yaml:" in found.err
    assert "s3:// is not available in this version" in found.err
    repo.run("validate", "outputs.yaml").ended(65)

    repo.run("plan", "outputs.yaml", "--sandbox").ended(0)


def test_newer_than_in_the_future(repo: Repo, service: Service) -> None:
    """No job could ever count, so it is a mistake in the manifest."""
    repo.write(output("coast", more="newerThan: 2999-01-01T00:00:00Z"))

    assert "lies in the future" in repo.run("plan", "outputs.yaml").ended(65).err


def test_a_eula_is_accepted_by_a_person(repo: Repo, service: Service) -> None:
    """`eulas accept` shows the document, sends the call, and looks again; then the output is created."""
    repo.write(output("trees", "detection-trees-spacept"))
    (eula,) = [one for one in repo.run("eulas", "--format", "json").document["eulas"] if not one["accepted"]]

    repo.run("eulas", "accept", eula["id"]).ended(64)
    repo.run("eulas", "accept", eula["id"], "--document", "another").ended(1)
    found = repo.run("eulas", "accept", eula["id"], "--document", eula["document_id"]).ended(0)

    assert eula["title"] in found.out
    assert "is accepted" in found.out
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
