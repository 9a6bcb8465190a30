"""A model's chat template: messages to the one text that the model was trained on.

Set up as transformers sets it up, so that both render the same. The template is code from a
stranger and runs in a sandbox; only plain text, lists and mappings are given to it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn, cast

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.utils import Namespace

from tunesmith.prompt.sandbox import BoundedEnvironment, TemplateLimitError, metered

_LONGEST_DATE = 1000

Turn = Mapping[str, str]
"""`{"role": .., "content": ..}`, by the words of chat templates."""


class ChatTemplateError(ValueError):
    """The template does not render this conversation; says why in the template's own words."""


def render_chat(
    source: str,
    turns: Sequence[Turn],
    *,
    add_generation_prompt: bool,
    settings: Mapping[str, object] | None = None,
) -> str:
    """The conversation as one text. `settings` are names that the template may read.

    Raises ChatTemplateError.
    """
    conversation: dict[str, object] = {
        "messages": [dict(turn) for turn in turns],
        "tools": None,
        "documents": None,
        "add_generation_prompt": add_generation_prompt,
    }
    for name in conversation.keys() & (settings or {}).keys():
        raise ChatTemplateError(f"chat_template_kwargs cannot set {name}")
    try:
        template = _compiled(source)
        with metered(sum(len(turn["content"]) for turn in turns)):
            return template.render({**(settings or {}), **conversation})
    except TemplateLimitError as error:
        raise ChatTemplateError(f"the model's chat template is not run: {error}") from error
    except Exception as error:
        # A template is a program and can fail in any way a program can.
        raise ChatTemplateError(f"the model's chat template refuses the turns: {error}") from error


@lru_cache(maxsize=16)
def _compiled(source: str) -> jinja2.Template:
    environment = BoundedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    environment.add_filter("tojson", _to_json)
    cast("dict[str, object]", environment.globals).update(
        raise_exception=_refuse, strftime_now=_now, dict=_Dict(), namespace=_Namespace
    )
    # Jinja works out what is constant while it compiles, which can take long too.
    with metered(0):
        return environment.from_string(source)


class _Generation(Extension):
    """`{% generation %} .. {% endgeneration %}` renders to what is inside it."""

    # Jinja declares this without saying that it belongs to the class.
    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        """Keep the inside a scope of its own, as transformers does."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_inside"), [], [], body).set_lineno(line)

    def _inside(self, caller: Callable[[], str]) -> str:
        return caller()


class _Dict:
    """`dict` for templates, without the attributes of the type itself."""

    def __call__(self, *args: Any, **named: Any) -> dict[Any, Any]:
        return dict(*args, **named)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        """As `dict.fromkeys`."""
        return dict.fromkeys(*args)


class _Namespace(Namespace):
    """`namespace` for templates, without names that begin with an underscore."""

    # No argument has a name, so that a template may use every name.
    def __init__(*args: Any, **named: Any) -> None:
        self, *values = args
        attributes = dict(*values, **named)
        for name in attributes:
            _Namespace._check(name)
        Namespace.__init__(self, attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        _Namespace._check(name)
        super().__setitem__(name, value)

    @staticmethod
    def _check(name: object) -> None:
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.TemplateError(f"a template may not set {name}")


def _to_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    # Jinja's own filter would escape what HTML escapes.
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    # Each sign can become a whole date, and a date as long as a book takes seconds.
    if len(form) > _LONGEST_DATE:
        _refuse(f"the form of a date is longer than {_LONGEST_DATE} characters")
    return datetime.now().strftime(form)
