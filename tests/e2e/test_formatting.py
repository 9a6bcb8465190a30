"""Formatting, over the wire to a real server process."""

from lsprotocol import types

from e2e.editor import editor

UNTIDY = (
    "---\nmodel:  googleai/gemini-2.5-flash  \n---\n词 🎬 {{ name  }} and {{#if  name}}x{{/if }}\n"
)


async def format_all(one, uri):
    document = types.TextDocumentIdentifier(uri)
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    params = types.DocumentFormattingParams(document, options)
    return await one.client.text_document_formatting_async(params)


async def test_a_prompt_is_formatted_and_a_broken_one_is_left(tmp_path):
    (tmp_path / "a.prompt").write_text(UNTIDY, encoding="utf-8")
    async with editor(tmp_path) as one:
        uri = one.open("a.prompt")

        (edit,) = await format_all(one, uri)
        broken = one.open("b.prompt", "{{ a }}{{#if  b}}")
        nothing = await format_all(one, broken)

    assert (edit.range.start, edit.range.end) == (types.Position(1, 7), types.Position(3, 41))
    assert edit.new_text == "googleai/gemini-2.5-flash\n---\n词 🎬 {{name}} and {{#if name}}x{{/if"
    assert not nothing
