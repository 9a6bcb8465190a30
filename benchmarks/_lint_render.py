"""Rows rendered a second, beside the Handlebars of dotpromptz."""

import time
from collections.abc import Callable

from dotpromptz_handlebars import EscapeFunction, Handlebars

from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import render

_TEMPLATE = """\
{{role "system"}}
You are a careful reader of film reviews.
{{role "user"}}
Judge the film {{title}} by these reviews:
{{#each reviews}}
- {{this}}
{{/each}}
{{#if year}}It is of {{year}}.{{/if}}
{{#unless genre}}Say of which genre it is.{{/unless}}
{{role "model"}}
{{answer}}
"""
_ROW = {
    "title": "Sunrise",
    "reviews": ["A fine film.", "Slow, but fine.", "Dull.", "I wept."],
    "year": 1927,
    "genre": "",
    "answer": "positive",
}


def measure(*, is_quick: bool) -> dict[str, float]:
    """Renders a second of a template that has been read before, the best of a few turns."""
    n_rows, n_turns = (2000, 3) if is_quick else (10_000, 7)
    prompt = parse(_TEMPLATE)
    peer = Handlebars(escape_fn=EscapeFunction.NO_ESCAPE)
    peer.register_helper("role", lambda *arguments, **_: f"<<<role:{arguments[0]}>>>")
    peer_render = peer.compile(_TEMPLATE)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(n_turns):
        ours.append(_per_s(lambda: render(prompt, _ROW), n_rows))
        theirs.append(_per_s(lambda: peer_render(_ROW), n_rows // 10))
    return {"renders_per_s": max(ours), "renders_per_s_dotpromptz": max(theirs)}


def _per_s(work: Callable[[], object], n_times: int) -> float:
    start = time.process_time()
    for _ in range(n_times):
        work()
    return n_times / (time.process_time() - start)
