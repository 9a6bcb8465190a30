import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.lsp.framing import MAX_BODY, Framing, FramingError


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.lists(st.integers(1, 40)))
def test_bodies_come_out_whole_however_the_stream_is_cut(bodies, sizes):
    stream = b"".join(map(framed, bodies))
    framing = Framing()
    found = []
    for size in sizes:
        found += framing.feed(stream[:size])
        stream = stream[size:]

    found += framing.feed(stream)

    assert found == bodies


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: 2\r\n\r\n",
        b"Content-Length:2\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Type: application/vscode-jsonrpc\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Type: x; charset=utf-8\r\n\r\n",
    ],
)
def test_headers_are_read_as_other_clients_write_them(header):
    assert list(Framing().feed(header + b"{}")) == [b"{}"]


@pytest.mark.parametrize(
    "stream",
    [
        b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Hello\r\n\r\n",
        b"x" * 9000,
    ],
)
def test_a_stream_that_cannot_be_followed_is_an_error_and_no_silence(stream):
    with pytest.raises(FramingError):
        list(Framing().feed(stream))


@given(st.binary(max_size=300))
def test_any_bytes_give_bodies_or_the_one_error(stream):
    try:
        bodies = list(Framing().feed(stream))
    except FramingError:
        return
    assert sum(map(len, bodies)) <= len(stream)
