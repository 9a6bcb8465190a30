"""What is registered fits the protocol, since pygls does not look."""

import inspect
from typing import get_args, get_type_hints

import pytest
from lsprotocol import types

from tunesmith.discover import discover
from tunesmith.lsp.handler import Command, Request
from tunesmith.wire import editor

REQUESTS = discover("tunesmith.lsp.requests", "REQUEST", Request)
COMMANDS = discover("tunesmith.lsp.commands", "COMMAND", Command)
STANDARD = {
    name: request
    for name, request in REQUESTS.items()
    if not request.method.startswith("tunesmith/")
}


@pytest.mark.parametrize("request_", STANDARD.values(), ids=STANDARD)
def test_a_handler_takes_what_the_protocol_sends(request_):
    message_type = types.METHOD_TO_TYPES[request_.method][0]

    hints = get_type_hints(request_.handle)

    params = list(inspect.signature(request_.handle).parameters)[1]
    assert hints[params] is get_type_hints(message_type)["params"]


@pytest.mark.parametrize("request_", STANDARD.values(), ids=STANDARD)
def test_a_handler_gives_what_the_protocol_takes(request_):
    response_type = types.METHOD_TO_TYPES[request_.method][1]

    given = get_type_hints(request_.handle)["return"]

    # The builtin handler of pygls makes the answer to `initialize`.
    if response_type is None or request_.method == types.INITIALIZE:
        assert given is type(None)
    else:
        wanted = str(get_type_hints(response_type)["result"])
        item = (get_args(given) or (given,))[0]
        assert item.__name__ in wanted


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_runs_beside_the_event_loop_s_other_work(command):
    assert inspect.iscoroutinefunction(command.run)


def test_every_word_of_ours_has_a_handler():
    ours = {value for name, value in vars(editor).items() if name.endswith("_COMMAND")}

    assert {command.id for command in COMMANDS.values()} == ours
    assert {r.method for r in REQUESTS.values() if r.method.startswith("tunesmith/")} == {
        editor.RUN_LIST,
        editor.RUN_EVENTS,
    }
