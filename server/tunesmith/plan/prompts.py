"""The prompts of a job, as they stand when it is asked for."""

from difflib import get_close_matches
from pathlib import Path

from tunesmith.plan.error import PlanError
from tunesmith.prompt.files import LoadedPrompt, PromptFileError, read_prompt, variants_beside
from tunesmith.prompt.hashes import render_hash, settings_hash
from tunesmith.wire.spec import PromptSpec

_KEY = ("tunesmith.train", "variants")


def variant_specs(loaded: LoadedPrompt, workspace: Path) -> tuple[PromptSpec, ...]:
    """The variants that `tunesmith.train` names. Raises PlanError."""
    wanted = loaded.extension.variants
    if wanted == ():
        return ()
    known = variants_beside(loaded.path)
    if not known:
        name = f"{loaded.path.name.removesuffix('.prompt')}.NAME.prompt"
        raise PlanError(f"{loaded.path.name}: variants: there is no {name} beside it", key=_KEY)
    for name in wanted or ():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}"
            message = f'{loaded.path.name}: variants: no variant is called "{name}"; {hint}'
            raise PlanError(message, key=_KEY)
    return tuple(_read(known[name], workspace) for name in wanted or known)


def _read(path: Path, workspace: Path) -> PromptSpec:
    try:
        return prompt_spec(read_prompt(path, workspace), workspace)
    except PromptFileError as error:
        raise PlanError(str(error), key=_KEY) from error


def prompt_spec(loaded: LoadedPrompt, workspace: Path) -> PromptSpec:
    """The prompt as it stands now."""
    return PromptSpec(
        path=loaded.path.relative_to(workspace).as_posix(),
        text=loaded.prompt.text,
        partials=dict(loaded.partials),
        defaults=dict(loaded.prompt.defaults),
        render_hash=render_hash(loaded.prompt, loaded.partials),
        settings_hash=settings_hash(loaded.extension),
    )
