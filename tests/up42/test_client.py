import pytest

from reconciler.errors import UsageError
from reconciler.up42.client import Endpoint, endpoint


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param({}, ("https://api.up42.com", "https://auth.up42.com"), id="default"),
        pytest.param({"region": "eu"}, ("https://api.up42.com", "https://auth.up42.com"), id="eu"),
        pytest.param({"region": "SA"}, ("https://api.sa.up42.com", "https://auth.sa.up42.com"), id="sa"),
        pytest.param(
            {"region": "sa", "api_url": "https://api.example.com/"},
            ("https://api.example.com", "https://auth.sa.up42.com"),
            id="api-replaced",
        ),
        pytest.param(
            {"api_url": "http://127.0.0.1:8000/", "auth_url": "http://localhost:8000"},
            ("http://127.0.0.1:8000", "http://localhost:8000"),
            id="loopback",
        ),
        pytest.param(
            {"api_url": "https://API.up42.com:443"}, ("https://api.up42.com", "https://auth.up42.com"), id="canonical"
        ),
        pytest.param(
            {"api_url": "https://gw.example.com/up42/"},
            ("https://gw.example.com/up42", "https://auth.up42.com"),
            id="with-path",
        ),
        pytest.param({"api_url": "http://[::1]:80"}, ("http://[::1]", "https://auth.up42.com"), id="ipv6"),
    ],
)
def test_endpoints(arguments, expected):
    """Regions, replacements, and one spelling for one host."""
    assert endpoint(**arguments) == Endpoint(*expected)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param({"region": "mars"}, "mars", id="region"),
        pytest.param({"api_url": "http://api.up42.com"}, "UP42_API_URL is not on TLS", id="plain-api"),
        pytest.param({"auth_url": "http://auth.up42.com"}, "UP42_AUTH_URL is not on TLS", id="plain-auth"),
        pytest.param({"api_url": "http://127.0.0.1.example.com"}, "not on TLS", id="looks-like-loopback"),
        pytest.param({"api_url": "api.up42.com"}, "no base URL", id="no-scheme"),
        pytest.param({"api_url": "ftp://api.up42.com"}, "no base URL", id="scheme"),
        pytest.param({"api_url": "https://"}, "no base URL", id="no-host"),
        pytest.param({"api_url": "https://api.up42.com?x=1"}, "no base URL", id="query"),
        pytest.param({"api_url": "https://ann:s3cret@api.up42.com"}, "no base URL", id="user"),
        pytest.param({"api_url": "https://api.up42.com:port"}, "no base URL|cannot be read", id="port"),
        pytest.param({"api_url": "https://api up42.com"}, "no base URL", id="space"),
    ],
)
def test_endpoints_that_cannot_be_used(arguments, named):
    """What is no endpoint is a usage error that says what would be right, and repeats no password."""
    with pytest.raises(UsageError, match=named) as caught:
        endpoint(**arguments)

    assert caught.value.hint
    assert "s3cret" not in str(caught.value)


@pytest.mark.anyio
async def test_the_client_names_its_api(service, build):
    """Receipts and claims are told apart by the API's base URL."""
    async with build() as client:
        assert client.api_url == service.url
        assert client.server_now() is None


@pytest.mark.anyio
async def test_nothing_is_sent_by_opening(service, build):
    """Making and entering a client asks nothing."""
    async with build():
        pass

    assert service.requests == []


def test_a_client_shows_no_secret(build, credentials):
    """Its text can be logged."""
    client = build()

    assert credentials.password not in repr(client)
    assert credentials.password not in repr(vars(client))
