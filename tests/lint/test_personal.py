import doctest

import pytest

from tunesmith.lint import personal as module
from tunesmith.lint.personal import has_personal, personal


@pytest.mark.parametrize(
    ("text", "value", "what"),
    [
        ("写信给zhang.wei88@qq.com。", "zhang.wei88@qq.com", "an e-mail address"),
        ("to a+b_c@mail.corp.co.uk, now", "a+b_c@mail.corp.co.uk", "an e-mail address"),
        ("号码是13912873465，", "13912873465", "a phone number"),
        ("call 13912873465", "13912873465", "a phone number"),
        ("13912873465", "13912873465", "a phone number"),
        ("+86 139 1287 3465", "+86 139 1287 3465", "a phone number"),
        ("86-13912873465", "86-13912873465", "a phone number"),
        ("call +49 (30) 9018-2073.", "+49 (30) 9018-2073", "a phone number"),
        ("call +1 (415) 867-5309", "+1 (415) 867-5309", "a phone number"),
        ("call +442079561348", "+442079561348", "a phone number"),
        ("身份证440308199901101512", "440308199901101512", "a Chinese identity number"),
        ("44030819910203101x", "44030819910203101x", "a Chinese identity number"),
        ("card: 4539148803436467", "4539148803436467", "a bank card number"),
        ("4539-1488-0343-6467", "4539-1488-0343-6467", "a bank card number"),
        ("卡号6222021234567893809", "6222021234567893809", "a bank card number"),
        ("3782 904617 35285", "3782 904617 35285", "a bank card number"),
        ("DE44 5001 0517 5407 3249 31 EUR", "DE44 5001 0517 5407 3249 31", "a bank account number"),
        ("CH5604835012345678009", "CH5604835012345678009", "a bank account number"),
    ],
)
def test_what_belongs_to_a_person_is_found_and_never_shown_whole(text: str, value: str, what: str):
    found = list(personal(text))

    assert [(item.span.of(text), item.what) for item in found] == [(value, what)]
    for item in found:
        assert value not in str(item)
        assert item.shown == value[: len(item.shown) - 3] + "***"
        assert len(item.shown) <= 6


@pytest.mark.parametrize(
    "text",
    [
        "440308199901101513",  # the check digit is 2
        "440308199913101512",  # no month 13
        "11010519491231002X",  # printed in the standard
        "34052419800101001X",
        "4539-1488-0343-6468",  # fails Luhn
        "7992739871 and 79927398713",  # no issuer
        "4111 1111 1111 1111",
        "4242424242424242",
        "DE44500105175407324932",  # remainder is not 1
        "GB29 NWBK 6016 1331 9268 19",  # printed in the standard
        "XX44500105175407324931",  # no such country
        "13800138000",
        "13812345678",
        "+1 202 555 0143",  # kept for films
        "+44 20 7946 0958",
        "call +44 7700 900461",
        "+1 800 275 2273",  # free of charge for anybody
        "+1 000 000 points",
        "+100 200",
        "20240131123059",
        "2**34 = 17179869184, free=15482871808",
        "seed 4539148803436467",
        "-2147483648 to +2147483647, +4294967295",
        "1699999999999 ms",
        "3.14159265358979",
        "192.168.100.100 and 10.0.0.1",
        "ISBN 978-3-16-148410-0",
        "2024-01-31 12:30:59",
        "tel 12345678901",
        "info@qq.com and no-reply@github.com",
        "name@example.com, li@example.org, li@mail.example.cn",
        "user@domain.com and li@yourcompany.com",
        "logo@2x.png and icon@large.png",
        "a @mention and 3@2",
    ],
)
def test_what_belongs_to_nobody_is_left_alone(text: str):
    assert list(personal(text)) == []


def test_they_come_in_order_and_do_not_overlap():
    text = "call 13912873465 li.na@163.com 4539-1488-0343-6467 or call 13912873466"

    assert [item.shown for item in personal(text)] == ["139***", "l***", "45***", "139***"]


def test_most_texts_are_passed_over_at_once():
    assert not has_personal("A fine film of 1999, 120 minutes, 5/10.")
    assert has_personal("call 13912873465")
    assert not has_personal("lone surrogates \ud83d do no harm")


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0
