"""A chat template is a stranger's program: none runs long, grows large, or gets out."""

import threading

import pytest

from tunesmith.prompt.chat_template import ChatTemplateError, render_chat

TURNS = [{"role": "user", "content": "Film: good"}]
TIME = "it takes more than 1 s"
SIZE = "larger than any prompt needs"
LIMIT = "is not run: it"
DEPTH = "it nests more than 50 calls"
GROWS = "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ... %}{% endfor %}"

HOSTILE = {
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}": TIME,
    "{% for a in range(99999) %}{% for b in range(99999) if 0 %}{% endfor %}{% endfor %}": TIME,
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(40) }}": (
        TIME
    ),
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}": DEPTH,
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}": DEPTH,
    "{{ 'a' * 10**10 }}": SIZE,
    "{{ [0] * 10**10 }}": SIZE,
    "{{ 10**10**10 }}": SIZE,
    "{{ 1 | round(10**8, 'ceil') }}": SIZE,
    "{{ 1 | round(method='floor', precision=10**8) }}": SIZE,
    "{{ strftime_now('%c' * 999) }}": "longer than 1000 characters",
    "{{ '%1000000000d' % 1 }}": SIZE,
    "{{ '%*d' % (10**9, 1) }}": SIZE,
    "{{ '%1000000000d' | format(1) }}": SIZE,
    "{{ '{:1000000000}'.format(1) }}": SIZE,
    "{{ '{:{w}}'.format(1, w=10**9) }}": SIZE,
    "{{ '{a:{w}}'.format_map({'a': 1, 'w': 10**9}) }}": SIZE,
    "{{ 'a' | center(10**9) }}": SIZE,
    "{{ 'a'.zfill(10**9) }}": SIZE,
    "{{ (5).to_bytes(10**9, 'big') }}": SIZE,
    "{{ 'a'.encode().ljust(10**9) }}": SIZE,
    "{{ ('\t' * 10000).expandtabs(99999) }}": SIZE,
    "{{ messages | tojson(indent=10**9) }}": SIZE,
    "{{ [1] | batch(10**9, 0) | list }}": SIZE,
    "{{ (['x' * 1000000] * 10000) | join }}": SIZE,
    "{{ ('a' * 9999) | replace('a', 'b' * 99999) }}": SIZE,
    "{{ ['a' * 9999] | replace('a', 'b' * 99999) }}": SIZE,
    "{{ ('a' * 9999).replace('a', 'b' * 99999) }}": SIZE,
    "{% for a in range(99999) %}" + "x" * 100_000 + "{% endfor %}": SIZE,
    "{% for a in range(99999) %}{{ 'x' | center(90000) }}{% endfor %}": SIZE,
    GROWS.replace("...", "ns.x ~ ns.x"): SIZE,
    GROWS.replace("...", "ns.x + ns.x"): SIZE,
    GROWS.replace("...", "[ns.x, ns.x]") + "{{ ns.x }}": SIZE,
    # Which of the two limits comes first depends on the machine.
    GROWS.replace("...", "{'a': ns.x, 'b': ns.x}.items()") + "{{ ns.x }}": LIMIT,
    GROWS.replace("...", "namespace(a=ns.x, b=ns.x)") + "{{ ns.x }}": LIMIT,
    "x" * 200_000: "it is longer than 131,072 characters",
    "{{ lipsum(n=10**9) }}": "'lipsum' is undefined",
    "{{ range(10**9) }}": "Range too big",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}": "recursion",
    "{{ ''.__class__.__base__ }}": "'__class__' of 'str' object is unsafe",
    "{{ messages.__class__.__mro__ }}": "unsafe",
    "{{ namespace(__class__=1) }}": "may not set __class__",
    "{{ messages.append(1) }}": "unsafe",
    "{{ cycler.__init__.__globals__ }}": "unsafe",
    "{% include '/etc/passwd' %}": "no loader",
}


@pytest.mark.parametrize("template", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_template_is_refused(template: str):
    with pytest.raises(ChatTemplateError, match="chat template") as caught:
        render_chat(template, TURNS, add_generation_prompt=True)

    assert HOSTILE[template] in str(caught.value)


def test_the_limits_hold_in_any_thread():
    caught: list[str] = []

    def render() -> None:
        try:
            render_chat(next(iter(HOSTILE)), TURNS, add_generation_prompt=True)
        except ChatTemplateError as error:
            caught.append(str(error))

    threads = [threading.Thread(target=render) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert caught == [f"the model's chat template is not run: {TIME}"] * 2


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 2 ** 10 }} {{ 3 * 4 * 10**12 }} {{ 2.5 * 2 }}", "1024 12000000000000 5.0"),
        ("{{ '-' * 3 }}{{ '%s-%d' % ('a', 1) }}{{ '{:>3}'.format('b') }}", "---a-1  b"),
        ("{% set a, b = 1, [2] %}{{ a ~ b }}{{ [a] + b }}", "1[2][1, 2]"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{{ loop.last }}{% endfor %}", "a1True"),
        ("{% for m in messages[::-1] if m.role == 'user' %}{{ m['content'] }}{% endfor %}", None),
        ("{% macro f(x) %}<{{ x | trim }}>{% endmacro %}{{ f(' a ') }}{{ f(x=1) }}", "<a><1>"),
        ("{% set ns = namespace(a=1) %}{% set ns.a = ns.a + 1 %}{{ ns.a }}{{ nothing }}", "2"),
    ],
)
def test_what_templates_do_is_as_jinja_does_it(template: str, text: str | None):
    rendered = render_chat(template, TURNS, add_generation_prompt=True)

    assert rendered == (text or TURNS[0]["content"])


def test_a_conversation_may_be_long():
    template = (
        "{% for m in messages %}{{ m.content.replace('<|im_start|>', '<im_start>') | trim }}"
        "{{ m.content | replace('<|im_end|>', '<im_end>') ~ '\n' }}{% endfor %}"
    )
    turns = [{"role": "user", "content": "word " * 1_000_000}] * 2

    rendered = render_chat(template, turns, add_generation_prompt=True)

    assert len(rendered) == 2 * (4_999_999 + 5_000_001)
