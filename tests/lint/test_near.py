from pathlib import Path

from tunesmith.lint.facts import Facts
from tunesmith.lint.run import lint_text
from tunesmith.prompt.files import load_prompt


def messages(n_misspelt: int) -> list[str]:
    fields = "".join(f"    name{number}: string\n" for number in range(300))
    tags = "".join(f"{{{{nam{number}}}}}\n" for number in range(n_misspelt))
    text = f"---\ninput:\n  schema:\n{fields}---\n{tags}"
    found = lint_text(load_prompt(text, Path("a.prompt"), Path()), Facts(workspace=Path()))
    return [one.message for one in found if one.rule == "undefined-variable"]


def test_misspelt_names_are_told_what_is_near():
    assert messages(2) == [
        '"nam0" is not in the input schema; did you mean "name0"?',
        '"nam1" is not in the input schema; did you mean "name1"?',
    ]


def test_hundreds_of_unknown_names_are_no_slips():
    found = messages(200)

    assert len(found) == 200
    assert found[0] == '"nam0" is not in the input schema'
