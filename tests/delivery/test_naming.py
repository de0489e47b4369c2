import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.delivery.naming import MAX_NAME_BYTES, extension, file_names, folded
from reconciler.errors import DeliveryError
from reconciler.model.job import Asset


def asset(key, *, roles=("data",), title="", media_type=""):
    return Asset(key=key, href="https://api.up42.com/v2/assets/1", title=title, media_type=media_type, roles=roles)


def names(*assets, roles=None, template=None):
    pairs = [found if isinstance(found, tuple) else ("item-1", found) for found in assets]
    return file_names(pairs, roles=roles, template=template)


HOSTILE = [
    "../../etc/passwd",
    "..",
    ".",
    "",
    "   ",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "C:\\Windows\\x",
    "c:x",
    "nul\0byte",
    "line\nbreak",
    "\x1b[31mred",
    "\u202egpj.exe",
    "\ud800",
    "CON",
    "con.tif",
    "Lpt1.txt",
    "COM¹",
    "CONIN$",
    "trailing.",
    "trailing ",
    ".hidden",
    "scene.part",
    "scene.PART",
    "receipt.json",
    "Receipt.JSON",
    "x" * 300 + ".tiff",
    "é" * 150 + ".tiff",
    "x." + "y" * 300,
]


def assert_safe(name):
    assert name
    assert "/" not in name
    assert "\\" not in name
    assert pathlib.PureWindowsPath(name).name == name, "no drive, no folder"
    assert name.isprintable()
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert not folded(name).endswith(".part")
    assert folded(name) != "receipt.json"
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1", "COM¹", "CONIN$"}


def test_a_plain_key_is_kept():
    """The key of a usual result is its file name, unchanged."""
    key = "072e661d_pan_68567134-27ad-7bd7-4b65-d61adb11fc78.tiff"

    assert names(asset(key)) == (key,)


@pytest.mark.parametrize("key", HOSTILE, ids=ascii)
def test_a_hostile_key_is_made_safe(key):
    """No key of the service leads elsewhere or to a file that means something."""
    (name,) = names(asset(key))

    assert_safe(name)
    assert name != key


def test_all_hostile_keys_stay_distinct():
    """Keys that become alike by being made safe keep names of their own."""
    found = names(*(asset(key) for key in HOSTILE))

    assert len({folded(name) for name in found}) == len(HOSTILE)


def test_an_over_long_name_keeps_its_extension():
    """What is cut is the stem: programs still know a GeoTIFF by its name."""
    (name,) = names(asset("é" * 150 + ".tiff"))

    assert name.endswith(".tiff")
    assert len(name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(["scene.tif", "SCENE.TIF"], id="case"),
        pytest.param(["caf\u00e9.tif", "cafe\u0301.tif"], id="unicode-form"),
        pytest.param(["stra\u00dfe.tif", "STRASSE.TIF"], id="sharp-s"),
        pytest.param(["a/b.tif", "a\\b.tif", "a_b.tif"], id="made-alike"),
        pytest.param(["same.tif", "same.tif"], id="one-key-twice"),
    ],
)
def test_names_that_a_disk_may_confuse_are_told_apart(keys):
    """Two assets never share a file on any file system."""
    found = names(*(asset(key) for key in keys))

    assert len({folded(name) for name in found}) == len(keys)


def test_names_do_not_depend_on_order():
    """The service may list assets in any order; a rerun still finds its files."""
    keys = ["scene.tif", "SCENE.TIF", "a/b.tif", "a\\b.tif", "plain.json"]
    forward = dict(zip(keys, names(*(asset(key) for key in keys)), strict=True))
    backward = dict(zip(keys[::-1], names(*(asset(key) for key in keys[::-1])), strict=True))

    assert forward == backward


def test_a_key_that_spells_anothers_hash_is_told_apart():
    """A key made to look like another key's safe name does not take it."""
    (made,) = names(asset("a/b.tif"))
    found = names(asset("a/b.tif"), asset(made))

    assert len(set(found)) == 2


def test_several_items_have_a_folder_each():
    """A job that yields several items does not mix their files."""
    found = names(("one", asset("data.tif")), ("two", asset("data.tif")), ("../up", asset("data.tif")))

    assert found[:2] == ("one/data.tif", "two/data.tif")
    folder, _, file = found[2].partition("/")
    assert_safe(folder)
    assert file == "data.tif"


def test_items_that_a_disk_may_confuse_have_folders_of_their_own():
    """Item ids that differ in case only do not share a folder."""
    one, two = names(("Scene", asset("data.tif")), ("scene", asset("data.tif")))

    assert folded(one) != folded(two)


def test_only_wanted_roles_are_named():
    """An asset without a wanted role has no name."""
    found = names(asset("a.tif"), asset("b.json", roles=("metadata",)), roles=("data", "visual"))

    assert found == ("a.tif", None)


def test_no_wanted_role_says_which_there_are():
    """Matching nothing is a failure that lists the roles of the job's files."""
    with pytest.raises(DeliveryError, match=r"has the role data or visual; there are: metadata, previews\.") as caught:
        names(asset("a", roles=("previews",)), asset("b", roles=("metadata",)), roles=("data", "visual"))

    assert "delivery.assets.roles" in caught.value.hint


def test_a_job_without_files_is_a_failure():
    """Delivering nothing is not taken for success."""
    with pytest.raises(DeliveryError, match="hold no file"):
        file_names([], roles=None, template=None)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("uk-${asset.role}", "uk-pan.tiff", id="role-and-extension-of-the-key"),
        pytest.param("uk-${asset.role}${asset.ext}", "uk-pan.tiff", id="extension-asked-for"),
        pytest.param("${asset.item}_${asset.title}", "item-1_My scene.tiff", id="item-and-title"),
        pytest.param("v2-${asset.key}", "v2-a.tiff", id="key"),
        pytest.param("uk.tif", "uk.tif", id="same-extension-in-other-words"),
        pytest.param("uk.TIFF", "uk.TIFF", id="same-extension-in-capitals"),
        pytest.param("uk.v2", "uk.v2.tiff", id="a-dot-is-no-extension"),
        pytest.param("${other}", "${other}.tiff", id="other-text-stays"),
    ],
)
def test_a_template_is_filled_in(template, expected):
    """delivery.name knows the asset's key, role, title, item and extension."""
    found = names(asset("a.tiff", roles=("pan", "data"), title="My scene"), template=template)

    assert found == (expected,)


@pytest.mark.parametrize(
    ("key", "media_type", "expected"),
    [
        ("a.TIF", "image/tiff", ".TIF"),
        ("a", "image/tiff; application=geotiff; profile=cloud-optimized", ".tiff"),
        ("a", "Application/GEO+json", ".geojson"),
        ("a.b c", "application/json", ".json"),
        (".tif", "", ""),
        ("a", "application/x-unheard-of", ""),
        ("a", "", ""),
    ],
    ids=ascii,
)
def test_the_extension_comes_from_the_key_else_from_the_media_type(key, media_type, expected):
    """A templated name gets the extension that fits its content."""
    assert extension(asset(key, media_type=media_type)) == expected


def test_a_template_that_names_two_files_alike_says_how_to_tell_them_apart():
    """Two files cannot share a templated name; the sentence names the cure."""
    with pytest.raises(DeliveryError, match=r"the same name, uk-data\.tif") as caught:
        names(asset("a.tif"), asset("b.tif"), template="uk-${asset.role}")

    assert "${asset.key}" in caught.value.hint


def test_a_template_may_name_files_of_two_items_alike():
    """Files of several items lie in folders of their own, so one name for each item is enough."""
    found = names(("one", asset("a.tif")), ("two", asset("b.tif")), template="uk")

    assert found == ("one/uk.tif", "two/uk.tif")


def test_a_template_with_the_item_needs_no_folders():
    """A template that tells items apart puts all files side by side."""
    found = names(("one", asset("a.tif")), ("two", asset("b.tif")), template="uk-${asset.item}")

    assert found == ("uk-one.tif", "uk-two.tif")


def test_an_unknown_placeholder_is_refused():
    """A misspelled placeholder does not become a file name."""
    with pytest.raises(DeliveryError, match=r"\$\{asset\.rolle\}; there are: asset\.key, asset\.role"):
        names(asset("a.tif"), template="${asset.rolle}")


def test_what_a_template_is_filled_with_cannot_escape():
    """A hostile title is data in a templated name too."""
    (name,) = names(asset("a.tif", title="../../x"), template="${asset.title}")

    assert_safe(name)


KEYS = st.lists(st.text(max_size=260) | st.sampled_from(HOSTILE), min_size=1, max_size=8)


@given(keys=KEYS, items=KEYS, template=st.none() | st.text(max_size=40) | st.just("${asset.title}-${asset.key}"))
def test_no_name_escapes_and_none_is_used_twice(keys, items, template):
    """Whatever keys, titles and item ids the service makes up, files stay inside and apart."""
    pairs = [(items[index % len(items)], asset(key, title=key)) for index, key in enumerate(keys)]
    try:
        found = file_names(pairs, roles=None, template=template)
    except DeliveryError:
        return

    for name in found:
        segments = name.split("/")
        assert len(segments) <= 2
        for segment in segments:
            assert_safe(segment)
    assert len({folded(name) for name in found}) == len(found)
