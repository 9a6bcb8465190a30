"""`tunesmith render`: the messages that a row makes of a prompt."""

import json

from tunesmith.cli.arguments import AsJson, Inputs, PromptFile, RowNumber


def render(
    file: PromptFile, row: RowNumber = None, inputs: Inputs = None, as_json: AsJson = False
) -> None:
    """Show the messages that a row makes of a prompt."""
    from tunesmith.cli.prompts import chosen_values, make_example, open_prompt

    opened = open_prompt(file)
    example = make_example(opened, chosen_values(opened, row, inputs or []))
    messages = [{"role": message.role, "text": message.text} for message in example.messages]
    if as_json:
        plain = {"messages": messages, "target": example.target_text}
        print(json.dumps(plain, ensure_ascii=False))
        return
    for message in messages:
        print(f"[{message['role']}]\n{message['text']}\n")
    if example.target_text is not None:
        print(f"[target]\n{example.target_text}")
