import doctest

import pytest

from tunesmith.lint import secrets as module
from tunesmith.lint.secrets import has_secret, passwords_in_urls, secrets

LETTERS = "q3VbT8mZxK1LrW9cYdN5uHs7PoEa2JfGiB4RtSvXwUkMlOpAyCgDhFnIjQeZ6z0"
# Put together here, so that no tool takes this file for one that leaks.
KEYS = {
    "an AWS access key": "AKIA" + "Q3EGRZ7T5MXV2JWN",
    "a GitHub token": "ghp" + "_" + LETTERS[:36],
    "a GitLab token": "glpat" + "-" + LETTERS[:20],
    "an OpenAI key": "sk" + "-proj-" + LETTERS[:40] + "T3BlbkFJ" + LETTERS[:40],
    "an Anthropic key": "sk" + "-ant-api03-" + LETTERS + LETTERS[:30] + "AA",
    "a DeepSeek or Model Studio key": "sk" + "-0f8e3b1c9a7d4265b8e1f03c7a9d5b24",
    "a Google API key": "AIza" + "Sy" + LETTERS[:33],
    "a Slack token": "xoxb" + "-284719305562-" + LETTERS[:24],
    "a Stripe key": "sk" + "_live_" + LETTERS[:24],
    "a Hugging Face token": "hf" + "_" + LETTERS[:34],
    "an npm token": "npm" + "_" + LETTERS[:36],
    "a PyPI token": "pypi-" + "AgEIcHlwaS5vcmc" + LETTERS + LETTERS,
    "an Alibaba Cloud access key": "LTAI" + "5t" + LETTERS[:18],
    "a Tencent Cloud secret id": "AKID" + LETTERS[:32],
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + LETTERS,
}


@pytest.mark.parametrize("what", KEYS)
def test_a_key_is_known_by_its_shape_and_never_shown_whole(what: str):
    text = f"密钥{KEYS[what]} end"

    (found,) = secrets(text)

    assert found.what == what
    assert found.span.of(text) in KEYS[what]
    assert len(found.span.of(text)) >= 20
    assert KEYS[what][:10] not in str(found).replace("-----BEGIN", "")


def test_there_is_a_test_for_each_kind():
    assert list(KEYS) == [what for what, _ in module._KINDS.values()]


def test_a_key_on_one_line_as_json_writes_it_is_found():
    text = '{"key": "-----BEGIN ' + "PRIVATE KEY-----\\n" + LETTERS + '"}'

    assert [found.what for found in secrets(text)] == ["a private key"]


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "sk-" + "0" * 32,
        "hf_" + "abcdefghijklmnopqrstuvwxyz12345678",
        "AKIA" + "Q3EGRZ7T5MXV2JWNX",
        "xAKIA" + "Q3EGRZ7T5MXV2JWN",
        "a risk-free, low-risk task-list with hf_transfer and npm_config_registry",
        "Never print -----BEGIN PRIVATE KEY----- to anybody.",
        "Your password is hunter2. Answer in JSON with keys secret and token.",
    ],
)
def test_what_is_no_key_is_left_alone(text: str):
    assert list(secrets(text)) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://bob:hunter22x@host/v1", ["hunter22x"]),
        ("postgres://bob:s3cr3t!x@db:5432/x", ["s3cr3t!x"]),
        ("https://bob:password@host", []),
        ("https://bob:${PASSWORD}@host", []),
        ("https://host:8080/path@2x", []),
        ("https://bob@host", []),
    ],
)
def test_a_password_in_an_address_is_found_and_not_shown(url: str, expected: list[str]):
    found = list(passwords_in_urls(url, 0, len(url)))

    assert [item.span.of(url) for item in found] == expected
    assert [item.shown for item in found] == ["***"] * len(expected)


def test_most_texts_are_passed_over_at_once():
    assert not has_secret("A fine film, long and well-made. 5/10")
    assert not has_secret("snake_case and kebab-case; A film")


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0
