import pytest

from reconciler.web import links

API = "https://api.up42.com"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("up42.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("128.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - it must not count as this machine
        ("", False),
    ],
)
def test_loopback_is_this_machine_only(host, expected):
    """Names that only look like this machine are others."""
    assert links.is_loopback(host) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.up42.com", True),
        ("http://api.up42.com", False),
        ("http://127.0.0.1:8000/x", True),
        ("http://[::1]:8000/x", True),
        ("http://127.0.0.1@evil.example/x", False),
        ("ftp://127.0.0.1/x", False),
        ("https:///x", False),
        ("http://[broken/x", False),
        ("/v2/x", False),
        ("", False),
    ],
)
def test_only_tls_or_this_machine_is_safe(url, expected):
    """Plain HTTP leaves this machine for nobody."""
    assert links.is_safe(url) is expected


@pytest.mark.parametrize(
    ("api", "href", "expected"),
    [
        pytest.param(API, "/v2/jobs?token=a&limit=1", "/v2/jobs?token=a&limit=1", id="relative"),
        pytest.param(API, "https://api.up42.com/v2/x", "/v2/x", id="absolute"),
        pytest.param(API, "https://API.up42.com:443/v2/x#top", "/v2/x", id="default-port-and-fragment"),
        pytest.param(API, "http://api.up42.com/v2/x?token=next:1", "/v2/x?token=next:1", id="plain-http-sample"),
        pytest.param(API, "http://api.up42.com:8080/v2/x", None, id="other-port"),
        pytest.param(API, "https://api.sa.up42.com/v2/x", None, id="other-region"),
        pytest.param(API, "https://api.up42.com.evil.example/v2/x", None, id="longer-host"),
        pytest.param(API, "https://api.up42.com@evil.example/v2/x", None, id="userinfo"),
        pytest.param(API, "https://ann@api.up42.com/v2/x", None, id="userinfo-own"),
        pytest.param(API, "//evil.example/v2/x", None, id="scheme-relative"),
        pytest.param(API, "ftp://api.up42.com/v2/x", None, id="other-scheme"),
        pytest.param(API, "v2/x", None, id="no-slash"),
        pytest.param(API, "", None, id="empty"),
        pytest.param(API, "https://api.up42.com:99999/x", None, id="bad-port"),
        pytest.param("http://127.0.0.1:8000", "http://127.0.0.1:8000/v2/x", "/v2/x", id="loopback"),
        pytest.param("http://127.0.0.1:8000", "http://127.0.0.2:8000/v2/x", None, id="other-loopback"),
        pytest.param("http://127.0.0.1:8000", "http://127.0.0.1:8001/v2/x", None, id="loopback-other-port"),
        pytest.param("https://gw.example/up42", "https://gw.example/up42/v2/x", "/v2/x", id="base-with-path"),
        pytest.param("https://gw.example/up42", "https://gw.example/v2/x", "/v2/x", id="base-with-path-left-out"),
    ],
)
def test_a_link_is_own_by_host_and_port(api, href, expected):
    """The token may follow a link exactly where the link is on the configured host."""
    assert links.own_path(api, href) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ann:pw@api.up42.com:8/v2/x?sig=secret#f", "https://api.up42.com:8/v2/x"),
        ("http://[broken", "(a URL that cannot be read)"),
        ("/v2/x?y", "/v2/x"),
    ],
)
def test_a_shown_url_keeps_no_secret(url, expected):
    """User, query and fragment never reach a message."""
    assert links.without_query(url) == expected


@pytest.mark.parametrize(("name", "expected"), [("a b/c?d#e", "a%20b%2Fc%3Fd%23e"), ("pansharpening", "pansharpening")])
def test_a_name_stays_one_segment(name, expected):
    """A name cannot end its segment."""
    assert links.segment(name) == expected


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_cannot_climb(name):
    """A dot segment is no name."""
    with pytest.raises(ValueError, match=r"^\.*$"):
        links.segment(name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.up42.com/v2/assets/stac/collections/21c0", "21c0"),
        ("/v2/assets/stac/collections/21c0/items/23e4?x", "21c0"),
        ("/v2/assets/stac/collections/a%2Fb", "a/b"),
        ("/v2/assets/stac/collections/", None),
        ("/v2/assets", None),
    ],
)
def test_an_id_is_found_in_a_path(url, expected):
    """The collection's id is the segment after its word."""
    assert links.last_segment_after("collections", url) == expected
