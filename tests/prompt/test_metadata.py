"""What a frontmatter means to the runtimes, beyond the cases of the specification."""

from tunesmith.prompt.metadata import Metadata, read_metadata
from tunesmith.prompt.parse import parse


def read(frontmatter: str, **known: object) -> Metadata:
    head = parse(f"---\n{frontmatter}\n---\n").frontmatter
    assert head
    return read_metadata(head.root, tools=known)


def test_only_the_keys_of_the_specification_are_fields():
    found = read("name: a\ncustom: 1\nmetadata: {x: 1}\nraw: 2\next: {acme: {b: 3}}\nversion: 1.5")

    assert found.fields == {"name": "a", "version": 1.5}
    assert found.ext == {}
    assert found.raw == {
        "name": "a",
        "custom": 1,
        "metadata": {"x": 1},
        "raw": 2,
        "ext": {"acme": {"b": 3}},
        "version": 1.5,
    }


def test_dotted_keys_are_parted_at_their_last_dot():
    found = read("a.b: 1\na.c: [2]\na.b.d: 3\n.e: 4\nf.: 5")

    assert found.ext == {"a": {"b": 1, "c": [2]}, "a.b": {"d": 3}, "": {"e": 4}, "f": {"": 5}}


def test_known_tools_are_written_out_and_the_others_stay_names():
    search = {"name": "search", "inputSchema": {"type": "object"}}

    found = read("tools: [open, search]\ntoolDefs: [{name: own, inputSchema: {}}]", search=search)

    assert found.fields == {
        "tools": ["open"],
        "toolDefs": [{"name": "own", "inputSchema": {}}, search],
    }


def test_values_of_a_wrong_type_are_left_as_they_are():
    found = read("config: 3\ntools: search\ninput: review\noutput: {schema: 0}")

    assert found.fields == {
        "config": 3,
        "tools": "search",
        "input": "review",
        "output": {"schema": 0},
    }
    assert found.config == {}


def test_schemas_are_json_schema_and_the_rest_of_a_section_stays():
    found = read("input: {schema: string, default: {a: 1}}\noutput: {format: json}")

    assert found.fields == {
        "input": {"schema": {"type": "string"}, "default": {"a": 1}},
        "output": {"format": "json"},
    }
