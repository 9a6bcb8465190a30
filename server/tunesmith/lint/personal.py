"""Numbers and addresses that belong to one person, found by their shape and their check digits.

Names, streets and plates are not looked for: without a model they cannot be told from other words.
"""

import re
from collections.abc import Iterator
from functools import cache

from tunesmith.lint.masked import Masked, masked

_TEN_DIGITS = re.compile(r"\d(?:[ ().-]{0,2}\d){9}", re.ASCII)
_ADDRESS = re.compile(r"@(?<=[\w.%+-]@)[A-Za-z0-9-]+\.", re.ASCII)
"""What every e-mail address has, and `{{@index}}` has not."""
_EMAIL = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][\w.%+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w-])",
    re.ASCII,
)
_NOBODYS_DOMAIN = re.compile(
    r"(?:.*\.)?(?:example\.[a-z.]+|.+\.(?:example|test|invalid|local|localhost|png|jpe?g|gif|svg|webp)"
    r"|(?:your|my|some)?-?(?:domain|company|email|mail|website|site|test|acme|foo|abc|xyz)\.[a-z]+)"
)
_NOBODYS_NAME = re.compile(
    r"user|username|name|your.?name|you|some(?:one|body)|e?mail|me|test|foo|bar|abc|xxx"
    r"|(?:john|jane).?doe|first(?:name)?.last(?:name)?"
)
_OFFICE = re.compile(
    r"info|support|contact|help|helpdesk|hello|sales|admin|(?:no|do-?not)-?reply|services?|care"
    r"|customer.?service|office|press|media|jobs|careers|hr|privacy|security|abuse|root|git|kefu"
    r"|(?:post|web|host)master|legal|billing|invoices|orders|returns|team|feedback|marketing|news"
    r"|newsletter|notifications?"
)
_RESIDENT_ID = re.compile(
    r"(?<![\w.])[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\w)",
    re.ASCII,
)
_RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD = re.compile(
    r"(?<![\w.+-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{5}|\d{15,19})"
    r"(?![\w-])(?!\.\d)",
    re.ASCII,
)
_ISSUED = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}",
    re.ASCII,
)
_IBAN_HEAD = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?= ?[0-9A-Z]{4})", re.ASCII)
_IBAN_LENGTHS = {
    "NO": 15,
    "BE": 16,
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS"), 22),
    **dict.fromkeys(("AE", "GI", "IL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN"), 24),
    "PT": 25,
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "CY", "DO", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("BR", "EG", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW"), 30),
    "MT": 31,
}
_CN_MOBILE = re.compile(
    r"(?<![\w.+-])(?:(?:\+|00)?86[ -]?)?"
    r"(1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])(?:\d{8}|([ -])\d{4}\2\d{4}))"
    r"(?![\w-])(?!\.\d)",
    re.ASCII,
)
_INTERNATIONAL = re.compile(
    r"(?<![\w.+-])\+((?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[124]|9[0-58]|21[1-368]|2[2-6]\d"
    r"|29[01789]|35\d|37\d|38[0-79]|42[013]|50\d|59\d|6[7-9]\d|85[02356]|88[06]|96\d|97[0-7]"
    r"|99[2-8])(?:[ .-]?\(?\d{1,4}\)?){2,5})(?![\w-])(?!\.\d)",
    re.ASCII,
)
# Area codes that anybody may call free of charge, and numbers kept for films (555-01xx).
_NORTH_AMERICAN = re.compile(r"1(?!8(?:00|33|44|55|66|77|88))[2-9]\d\d(?!55501)[2-9]\d{6}")
# Numbers that Britain's regulator keeps for films.
_BRITISH_FILMS = re.compile(r"44(?:2079460|7700900|1632960|1(?:1[3-8]|[2-6]1)4960|8081570)\d{3}")
_SEQUENCE = re.compile(r"12345678|01234567|87654321|(\d)\1{6}|13800138000")
# Numbers that providers and standards print as examples.
_PRINTED = frozenset(
    {
        *(
            "11010519491231002X",
            "34052419800101001X",
            "378282246310005",
            "371449635398431",
            "6011000990139424",
        ),
        *("3566002020360505", "5200828282828210", "GB29NWBK60161331926819"),
        *("GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606"),
        *("NL91ABNA0417164300", "ES9121000418450200051332"),
    }
)
# A bare run of digits is most often some other number, unless such words stand by.
_PHONE_NEAR = re.compile(
    r"[\u4E00-\u9FFF]|phone|mobile|cell|call|contact|dial|whatsapp|wechat|\b(?:tel|sms|fax)\b",
    re.IGNORECASE,
)
_CARD_NEAR = re.compile(r"卡|账号|帐号|card|visa|amex|unionpay|cvv|cvc|expir", re.IGNORECASE)
_FEWEST_DIGITS = 5
"""Different ones; a number with fewer was made up."""
_NEAR = 40


def has_personal(text: str) -> bool:
    """Whether there may be any; quick, since it sees every row."""
    return _ADDRESS.search(text) is not None or _has_long_number(text)


def personal(text: str) -> Iterator[Masked]:
    """Every such number and address, in order; made-up ones and those of offices left out.

    >>> [str(found) for found in personal("write to li.wei@qq.com, or to info@example.com")]
    ['an e-mail address (l***)']
    """
    found = list(_emails(text)) if "@" in text else []
    if _has_long_number(text):
        found += [*_resident_ids(text), *_ibans(text), *_cards(text), *_phones(text)]
    end = 0
    # Part of one number may look like another kind; the longest one at a place counts.
    for item in sorted(found, key=lambda item: (item.span.start, -item.span.end)):
        if item.span.start >= end:
            end = item.span.end
            yield item


def _has_long_number(text: str) -> bool:
    # Counting digits first is ten times as fast as looking for so many in a row.
    raw = text.encode(errors="replace")
    n_digits = len(raw) - len(raw.translate(None, b"0123456789"))
    return n_digits >= 10 and _TEN_DIGITS.search(text) is not None


def _emails(text: str) -> Iterator[Masked]:
    for match in _EMAIL.finditer(text):
        local, domain = match[1].lower(), match[2].lower()
        is_private = not _NOBODYS_NAME.fullmatch(local) and not _OFFICE.fullmatch(local)
        if is_private and not _NOBODYS_DOMAIN.fullmatch(domain):
            yield masked("an e-mail address", text, *match.span(), 1)


def _resident_ids(text: str) -> Iterator[Masked]:
    """Chinese identity numbers (GB 11643), with a date of birth and a check digit inside."""
    for match in _RESIDENT_ID.finditer(text):
        number = match.group().upper()
        pairs = zip(number, _RESIDENT_ID_WEIGHTS, strict=False)
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in pairs) % 11]
        if number[-1] == check and number not in _PRINTED:
            yield masked("a Chinese identity number", text, *match.span(), 3)


def _cards(text: str) -> Iterator[Masked]:
    """Bank cards: the lengths and beginnings of the large issuers, and Luhn's check digit."""
    for match in _CARD.finditer(text):
        number = _digits(match.group())
        is_made_up = len(set(number)) < _FEWEST_DIGITS or number in _PRINTED
        is_card = _ISSUED.fullmatch(number) and _passes_luhn(number) and not is_made_up
        if is_card and _is_meant(match, number, _CARD_NEAR):
            yield masked("a bank card number", text, *match.span(), 2)


def _ibans(text: str) -> Iterator[Masked]:
    """Bank accounts (ISO 13616): the length of the country, and a remainder of 1 by 97."""
    for head in _IBAN_HEAD.finditer(text):
        n_characters = _IBAN_LENGTHS.get(head.group()[:2])
        match = _iban_tail(n_characters - 4).match(text, head.end()) if n_characters else None
        if match:
            number = (head.group() + match.group()).replace(" ", "")
            turned = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
            if int(turned) % 97 == 1 and number not in _PRINTED:
                yield masked("a bank account number", text, head.start(), match.end(), 2)


@cache
def _iban_tail(n_characters: int) -> re.Pattern[str]:
    return re.compile(rf"(?: ?[0-9A-Z]){{{n_characters}}}(?!\w)", re.ASCII)


def _phones(text: str) -> Iterator[Masked]:
    for match in (*_CN_MOBILE.finditer(text), *_INTERNATIONAL.finditer(text)):
        number = _digits(match[1])
        is_wrong_length = not 9 <= len(number) <= 15
        is_foreign = match.re is _INTERNATIONAL and number.startswith("1")
        if is_wrong_length or (is_foreign and not _NORTH_AMERICAN.fullmatch(number)):
            continue
        is_film = match.re is _INTERNATIONAL and _BRITISH_FILMS.fullmatch(number)
        is_made_up = len(set(number)) < _FEWEST_DIGITS - 1 or _SEQUENCE.search(number) or is_film
        if not is_made_up and _is_meant(match, number, _PHONE_NEAR):
            yield masked("a phone number", text, *match.span(), 3)


def _is_meant(match: re.Match[str], number: str, near: re.Pattern[str]) -> bool:
    """Whether digits are grouped or have a prefix, are the whole value, or have a word by them."""
    if match.group() != number or len(match.string) < len(number) + 3:
        return True
    start, end = match.span()
    return near.search(match.string, max(0, start - _NEAR), end + _NEAR) is not None


def _passes_luhn(number: str) -> bool:
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    total = sum(map(int, number[-1::-2])) + sum(digit - 9 * (digit > 9) for digit in doubled)
    return total % 10 == 0


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
