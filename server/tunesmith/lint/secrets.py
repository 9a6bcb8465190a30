"""Keys and tokens that open somebody's account, by the shapes that their providers give them.

Shapes alone, never a measure of randomness: that takes ordinary words for passwords.
"""

import re
from collections.abc import Iterator

from tunesmith.lint.masked import Masked, masked

_KINDS = {
    "aws": ("an AWS access key", r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    "github": (
        "a GitHub token",
        r"(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9])",
    ),
    "gitlab": ("a GitLab token", r"gl(?:pat|ptt|dt|rt|soat)-[\w-]{20,300}"),
    # Every key of OpenAI holds its name in base 64.
    "openai": ("an OpenAI key", r"sk-[\w-]{20,200}T3BlbkFJ[\w-]{20,200}"),
    "anthropic": ("an Anthropic key", r"sk-ant-[a-z]{3,9}\d\d-[\w-]{80,120}"),
    "deepseek": ("a DeepSeek or Model Studio key", r"sk-[0-9a-f]{32}(?![\w-])"),
    "google": ("a Google API key", r"AIza[\w-]{35}(?![\w-])"),
    "slack": ("a Slack token", r"xox[abprs]-\d{8,14}-[A-Za-z0-9-]{20,100}"),
    "stripe": ("a Stripe key", r"(?:sk|rk)_live_[A-Za-z0-9]{20,247}"),
    "huggingface": ("a Hugging Face token", r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
    "npm": ("an npm token", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    "pypi": ("a PyPI token", r"pypi-AgE[A-Za-z0-9_-]{60,400}"),
    "alibaba": ("an Alibaba Cloud access key", r"LTAI5t[A-Za-z0-9]{18}(?![A-Za-z0-9])"),
    "tencent": ("a Tencent Cloud secret id", r"AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    # The heading alone is no secret; a line break may be written out, as in JSON.
    "private_key": (
        "a private key",
        r"-----BEGIN (?:[A-Z0-9]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[rn]){1,9}"
        r"(?:[A-Z][A-Za-z-]{1,20}: [^\n]{1,80}\s{1,4}){0,4}[A-Za-z0-9+/=]{32,80}",
    ),
}
# One character is sought many times faster than several, and most texts have none of these.
_MARKS = {
    "_": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat_", "_live_", "hf_", "npm_"),
    "-": ("sk-", "xox", "pypi-", "-----BEGIN", "glpat-", "glptt-", "gldt-", "glrt-", "glsoat-"),
    "A": ("AKIA", "ASIA", "AIza", "LTAI5t", "AKID"),
}
_SHAPES = "|".join(f"(?P<{name}>{shape})" for name, (_, shape) in _KINDS.items())
_SECRET = re.compile(f"(?<![A-Za-z0-9_])(?:{_SHAPES})", re.ASCII)
_PASSWORD_IN_URL = re.compile(
    r"(?<![A-Za-z0-9])[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,64}:(?P<password>[^\s:/@{}<>$]{3,100})@[\w-]",
    re.ASCII,
)
_PLACEHOLDER = re.compile(r"example|x{5}|\*{3}|\.{3}|\d{0,2}1234567|abcdefg", re.IGNORECASE)
_PASSWORD_PLACEHOLDERS = frozenset({"password", "passwd", "pass", "pwd", "secret", "token", "key"})
_FEWEST_CHARACTERS = 10


def has_secret(text: str) -> bool:
    """Whether there may be one; quick, since it sees every row."""
    for sign, marks in _MARKS.items():
        if sign in text:
            for mark in marks:
                if mark in text:
                    return True
    return False


def secrets(text: str) -> Iterator[Masked]:
    """Every key and token; those that say themselves that they are examples left out.

    >>> [str(found) for found in secrets("use AKIAQ3EGRZ7T5MXV2JWN")]
    ['an AWS access key (AKIA***)']
    """
    if not has_secret(text):
        return
    for match in _SECRET.finditer(text):
        if not _is_placeholder(match.group()):
            what, _ = _KINDS[match.lastgroup or ""]
            n_shown = len("-----BEGIN") if match.lastgroup == "private_key" else 4
            yield masked(what, text, match.start(), match.end(), n_shown)


def passwords_in_urls(text: str, start: int, end: int) -> Iterator[Masked]:
    """Passwords written into an address, `https://name:password@host`."""
    if text.find("://", start, end) < 0:
        return
    for match in _PASSWORD_IN_URL.finditer(text, start, end):
        password = match["password"]
        if password.lower() not in _PASSWORD_PLACEHOLDERS and not _PLACEHOLDER.search(password):
            yield masked("a password in an address", text, *match.span("password"), 0)


def _is_placeholder(secret: str) -> bool:
    tail = secret[-24:]
    return len(set(tail)) < _FEWEST_CHARACTERS or _PLACEHOLDER.search(secret) is not None
