"""The fingerprint of a data set."""

from hashlib import sha256

from tunesmith.data.fingerprint import fingerprint_of


def test_it_is_the_hash_of_the_hashes_in_order() -> None:
    hashes = sha256(b"train").digest() + sha256(b"test").digest()

    assert fingerprint_of([b"train", b"test"]) == sha256(hashes).hexdigest()


def test_a_byte_that_changes_files_changes_it() -> None:
    assert fingerprint_of([b"ab", b"c"]) != fingerprint_of([b"a", b"bc"])
