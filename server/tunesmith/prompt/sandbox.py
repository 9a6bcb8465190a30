"""A Jinja environment for the templates of strangers: none runs long, and nothing grows large.

Jinja's own sandbox keeps a template away from Python, but lets it count for ever or fill the
memory. Here every loop, call, filter and comparison looks at the clock, and every value is
measured before it grows. No signal is needed, so this holds in any thread on any system. The clock
is the thread's own processor time: on a busy machine, nothing else is refused.
"""

import re
from collections.abc import Callable, Generator, ItemsView, Mapping, ValuesView
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from time import thread_time
from typing import Any, NoReturn, cast

from jinja2 import nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

MAX_SOURCE = 1 << 17
"""Characters of a template; those of real models have less than a third of it."""
MAX_SECONDS = 1.0
"""Processor time; real templates take a thousandth of it."""
MAX_CHARS = 1 << 24
"""Of one value, and of all that is written, on top of what the conversation's length allows."""
MAX_MEMBERS = 200_000
"""Of one value, what its members hold included."""
MAX_DEPTH = 50
"""Calls inside calls."""
MAX_NUMBER = 10**18
_MAX_POWER = 64

_NUMBER = (int, float)

_REMOVED_FILTERS = ("pprint", "random", "striptags", "sum", "urlize", "wordwrap", "xmlattr")
"""No chat template needs them, and each can take time far beyond the size of what it is given."""
_PADDING = {"center", "expandtabs", "ljust", "rjust", "to_bytes", "zfill"}
_FILLING = {"format", "format_map", "join", "replace", "translate"}
_GROWING = _PADDING | _FILLING | {"batch", "indent", "slice", "tojson"}
"""Filters and methods whose result can be far larger than what they are given."""
_WIDE = re.compile(r"[0-9]{6}|%[-+ #0-9.]*\*|\{[^{}]*:[^{}]*\{")
"""In a format: a width that nobody needs, or one that comes from elsewhere."""


class TemplateLimitError(Exception):
    """The template asked for more time or room than any template needs."""


class Meter:
    """What one rendering may still use. `n_chars` is the length of the conversation."""

    def __init__(self, n_chars: int) -> None:
        self._end = thread_time() + MAX_SECONDS
        self._room = MAX_CHARS + 16 * n_chars
        self._left = self._room
        self._depth = 0

    def tick(self) -> None:
        """Look at the clock. Raises TemplateLimitError."""
        if thread_time() > self._end:
            raise TemplateLimitError(f"it takes more than {MAX_SECONDS:g} s")

    def write(self, n_chars: int) -> None:
        """Count what is written. Raises TemplateLimitError."""
        self._left -= n_chars
        if self._left < 0:
            _refuse_size()

    def checked(self, value: Any) -> Any:
        """The value, unless it is too large. Raises TemplateLimitError."""
        self.tick()
        is_wide = isinstance(value, int) and abs(value) > MAX_NUMBER
        if is_wide or _size(value) > self._room:
            _refuse_size()
        return value

    def foresee(self, *arguments: object) -> None:
        """Measure what a growing operation could make of these. Raises TemplateLimitError."""
        size = 1
        for argument in arguments:
            size *= max(1, abs(argument) if isinstance(argument, int) else _size(argument))
        if size > 4 * self._room:
            _refuse_size()

    @contextmanager
    def inside(self) -> Generator[None]:
        """One call deeper. Raises TemplateLimitError."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise TemplateLimitError(f"it nests more than {MAX_DEPTH} calls")
            yield
        finally:
            self._depth -= 1


_meter: ContextVar[Meter] = ContextVar("meter")


@contextmanager
def metered(n_chars: int) -> Generator[None]:
    """Whatever is compiled or rendered in here has one allowance."""
    token = _meter.set(Meter(n_chars))
    try:
        yield
    finally:
        _meter.reset(token)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Compile and render inside `metered`."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(finalize=_written, **options)
        self.filters: dict[str, Callable[..., Any]]
        self.tests: dict[str, Callable[..., Any]]
        for name in _REMOVED_FILTERS:
            del self.filters[name]
        self.filters = {name: _bounded(name, one) for name, one in self.filters.items()}
        self.tests = {name: _bounded(name, one) for name, one in self.tests.items()}
        self.filters |= {"(join)": _joined, "(check)": _checked, "(write)": _write}
        cast("dict[str, object]", self.globals).pop("lipsum")

    def add_filter(self, name: str, function: Callable[..., Any]) -> None:
        """Let templates use `function`, which is bounded as all filters are."""
        self.filters[name] = _bounded(name, function)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > MAX_SOURCE:
            raise TemplateLimitError(f"it is longer than {MAX_SOURCE:,} characters")
        return cast("nodes.Template", _Instrument().visit(super()._parse(source, name, filename)))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Measure before anything grows."""
        meter = _meter.get()
        if operator == "**" and not (isinstance(right, _NUMBER) and abs(right) <= _MAX_POWER):
            _refuse_size()
        if operator == "*" and not (isinstance(left, _NUMBER) and isinstance(right, _NUMBER)):
            meter.foresee(left, right)
        if operator == "%" and isinstance(left, str):
            _foresee(meter, "format", left, right)
        return meter.checked(super().call_binop(context, operator, left, right))

    def call(self, context: Context, called: Any, /, *args: Any, **named: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Measure what methods of text would make, and how deep calls go."""
        meter = _meter.get()
        text = getattr(getattr(called, "__wrapped__", called), "__self__", None)
        if isinstance(text, (str, bytes, int)):
            _foresee(meter, called.__name__, text, *args, *named.values())
        with meter.inside():
            return meter.checked(super().call(context, called, *args, **named))


class _Instrument(NodeTransformer):
    """Puts a look at the meter wherever a template could take long or make much."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        if node.test is not None:
            node.test = nodes.And(_filter(nodes.Const(True), "(check)"), node.test)
        return _counting(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        return _counting(cast("nodes.Macro", self.generic_visit(node)))

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:
        return _counting(cast("nodes.CallBlock", self.generic_visit(node)))

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes), "(join)")

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        return self._check(node) if isinstance(node.arg, nodes.Slice) else node

    def _check(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        # What is assigned to, such as `a, b`, is no value.
        return node if getattr(node, "ctx", "load") != "load" else _filter(node, "(check)")

    visit_Compare = visit_List = visit_Tuple = visit_Dict = _check


def _counting(node: nodes.For | nodes.Macro | nodes.CallBlock) -> nodes.Node:
    n_chars = sum(len(text.data) for text in node.find_all(nodes.TemplateData))
    node.body.insert(0, nodes.ExprStmt(_filter(nodes.Const(n_chars), "(write)")))
    return node


def _filter(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None)


# They take the context, of which they have no need, since Jinja works out in advance what does not.
@pass_context
def _checked(_: Context, value: Any) -> Any:
    return _meter.get().checked(value)


@pass_context
def _joined(_: Context, parts: list[object]) -> str:
    meter = _meter.get()
    texts = [str(meter.checked(part)) for part in parts]
    return cast("str", meter.checked("".join(texts)))


@pass_context
def _write(_: Context, n_chars: int) -> None:
    meter = _meter.get()
    meter.tick()
    meter.write(n_chars)


@pass_context
def _written(_: Context, value: object) -> str:
    meter = _meter.get()
    text = str(meter.checked(value))
    meter.write(len(text))
    return text


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def bounded(*args: Any, **named: Any) -> Any:
        meter = _meter.get()
        _foresee(meter, name, *args, *named.values())
        return meter.checked(function(*args, **named))

    return bounded


def _foresee(meter: Meter, operation: str, *arguments: object) -> None:
    """Refuse an operation whose result could be far too large, before it is made."""
    if operation == "round":
        # It raises ten to the number of decimals.
        decimals = (abs(one) for one in arguments[1:] if isinstance(one, int))
        if max(decimals, default=0) > _MAX_POWER:
            _refuse_size()
    if operation not in _GROWING:
        return
    if operation in ("format", "format_map") and _WIDE.search(str(arguments[0])):
        _refuse_size()
    if operation == "replace":
        # Of the text, what is looked for and what comes instead, the two largest bound the result.
        *larger, _ = sorted(arguments, key=_size, reverse=True)[:3]
        arguments = tuple(larger)
    meter.foresee(*arguments)


def _size(value: object) -> int:
    """Characters and members, those of members included; soon too large where it is endless."""
    if isinstance(value, (str, bytes)):
        return len(value)
    size = n_members = 0
    waiting: list[object] = [value]
    while waiting:
        one = waiting.pop()
        size += len(one) if isinstance(one, (str, bytes)) else 1
        members = _members(one)
        n_members += len(members)
        if n_members > MAX_MEMBERS:
            _refuse_size()
        waiting.extend(members)
    return size


def _members(value: object) -> list[object]:
    if isinstance(value, Namespace):
        value = object.__getattribute__(value, "_Namespace__attrs")
    if isinstance(value, Mapping):
        mapping = cast("Mapping[object, object]", value)
        return [*mapping, *mapping.values()]
    is_list = isinstance(value, (list, tuple, set, ItemsView, ValuesView))
    return list(cast("list[object]", value)) if is_list else []


def _refuse_size() -> NoReturn:
    raise TemplateLimitError("it makes a text, a list or a number larger than any prompt needs")
