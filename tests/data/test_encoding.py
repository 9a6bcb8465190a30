import io

import pytest

from tunesmith.data.encoding import Encoding, examine

CHINESE = (
    "评论,标签\n这个手机很好,我在家里用了一年,不会出问题,对得起价格。,好\n外套不合身,退了。,差\n"
)


def encoding_of(content: bytes) -> Encoding:
    return examine(io.BytesIO(content))


def test_utf8_with_and_without_a_mark_is_told_apart():
    assert encoding_of(CHINESE.encode()) == Encoding(codec="utf-8")
    assert encoding_of(CHINESE.encode("utf-8-sig")) == Encoding(codec="utf-8-sig")
    assert encoding_of(b"") == Encoding(codec="utf-8")


def test_utf16_is_known_by_its_mark_and_refused_where_it_is_cut():
    content = CHINESE.encode("utf-16")

    assert encoding_of(content) == Encoding(codec="utf-16")
    assert encoding_of(content[:-1]).fault == (
        "the file is not UTF-16, though it begins as such: save it as UTF-8"
    )


def test_chinese_in_gbk_and_gb18030_is_known():
    assert encoding_of(CHINESE.encode("gbk")) == Encoding(codec="gb18030")
    assert encoding_of((CHINESE + "㐀𠀀").encode("gb18030")) == Encoding(codec="gb18030")


def test_a_character_that_lies_across_two_chunks_is_read():
    ascii_part = b"x" * ((1 << 20) - 1)

    assert encoding_of(ascii_part + CHINESE.encode()).codec == "utf-8"
    assert encoding_of(ascii_part + CHINESE.encode("gbk")).codec == "gb18030"


# Each of these decodes as GB18030 without error, and says nothing in Chinese.
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("영화가 정말 재미있고 배우들의 연기도 훌륭했습니다. 다시 보고 싶네요.", "euc-kr"),
        ("この映画はとても面白かったです。俳優の演技も素晴らしい。", "euc-jp"),
        ("les élèves étaient très fâchés, à côté de là", "latin-1"),
        ("это кино мне не понравилось", "koi8-r"),
        ("好不", "gbk"),
    ],
)
def test_other_encodings_are_not_taken_for_chinese(text: str, codec: str):
    assert encoding_of(f"text\n{text}\n".encode(codec)) == Encoding(codec="utf-8", is_sound=False)


def test_a_file_with_null_bytes_at_its_head_is_no_text():
    image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

    for content in (image, CHINESE.encode("utf-32"), CHINESE.encode("utf-16-le")):
        assert encoding_of(content).fault == (
            "the file holds null bytes, so it is no text: save it as UTF-8"
        )
    assert encoding_of(b"a,b\n" * 2000 + b"x\0y\n") == Encoding(codec="utf-8", is_sound=False)
