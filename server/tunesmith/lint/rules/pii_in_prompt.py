"""A person's own number or address, written into the prompt.

It goes out with every call, and stays in every copy of the file. Found by shape and check digits:
Chinese identity numbers (GB 11643), bank cards (Luhn), bank accounts (ISO 13616), phone numbers
and e-mail addresses. Addresses of offices and made-up ones (`name@example.com`) do not count.
Only the first characters are ever shown.

Bad:
    Sign every answer with zhang.wei88@qq.com.
Good:
    Sign every answer with support@qq.com.
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.masked import Masked
from tunesmith.lint.personal import has_personal, personal
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("pii-in-prompt", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each, in the text that the model gets."""
    text = loaded.prompt.text
    if not has_personal(text):
        return
    for node in loaded.prompt.texts:
        stretch = node.span.of(text)
        if has_personal(stretch):
            yield from _in_text(stretch, node.span.start)


def _in_text(stretch: str, offset: int) -> Iterator[Finding]:
    for found in personal(stretch):
        span = Span(found.span.start + offset, found.span.end + offset)
        edit = Edit(start=span.start, end=span.end, text=_replaced(found, stretch))
        fix = Fix(title=f"Mask {found.what}", edits=(edit,), safe=False)
        message = f"{found} goes out with every call: take it out, or make one up"
        yield RULE.at(span, message, fix=fix)


def _replaced(found: Masked, text: str) -> str:
    if found.what == "an e-mail address":
        return "name@example.com"
    value = found.span.of(text)
    return value[:3] + "".join("*" if letter.isalnum() else letter for letter in value[3:])
