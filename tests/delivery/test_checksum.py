import hashlib

import pytest

from reconciler.delivery.checksum import Tally, announced

DATA = b"pixels" * 1000


@pytest.mark.parametrize(
    ("prefix", "algorithm"),
    [("1220", "sha256"), ("1340", "sha512"), ("1114", "sha1"), ("d50110", "md5")],
    ids=["sha-256", "sha-512", "sha-1", "md5"],
)
def test_an_announced_checksum_is_verified(prefix, algorithm):
    """Each multihash that items carry tells the right bytes from wrong ones."""
    digest = hashlib.new(algorithm, DATA).hexdigest()
    right, wrong = (Tally(announced((prefix + digest).upper())) for _ in range(2))
    right.update(DATA[:100])
    right.update(DATA[100:])
    wrong.update(DATA[:-1] + b"x")

    assert right.agrees
    assert not wrong.agrees


@pytest.mark.parametrize(
    "text",
    [None, "", "1220", "1220abcd", "1220" + "g" * 64, "1620" + "a" * 64, "a" * 64, "md5:" + "a" * 32],
    ids=ascii,
)
def test_a_checksum_that_cannot_be_verified_stops_nothing(text):
    """An unknown or malformed checksum is no reason to refuse bytes that were paid for."""
    assert announced(text) is None
    assert Tally(announced(text)).agrees


def test_a_tally_counts_and_hashes():
    """Size and SHA-256 are those of all bytes that passed."""
    tally = Tally()
    tally.update(DATA[:7])
    tally.update(bytearray(DATA[7:]))

    assert (tally.size_bytes, tally.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
