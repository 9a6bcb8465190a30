"""What a model answers to one row of a prompt, remembered until the wording changes."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tunesmith.catalog.options import resolve_options
from tunesmith.catalog.preview import PREVIEW_OPTIONS
from tunesmith.features.inlay_hints import LastPreview
from tunesmith.lsp.session import Snapshot
from tunesmith.lsp.tables import Tables
from tunesmith.lsp.worker import PreviewError, PreviewWorker
from tunesmith.models.facts import read_facts, template_for
from tunesmith.models.registry import resolve
from tunesmith.prompt.hashes import render_hash
from tunesmith.prompt.render import RenderError, render
from tunesmith.settings import Settings
from tunesmith.wire.codec import dumps
from tunesmith.wire.editor import PreviewResult
from tunesmith.wire.preview import Generate
from tunesmith.wire.spec import ModelSpec

N_KEPT = 64


class Previews:
    """Asks the preview worker, at most once for the same question."""

    def __init__(self, settings: Settings, tables: Tables) -> None:
        # -P: the folder we were started in is the workspace's, and nothing is imported from there.
        command = (settings.engine_python, "-P", "-m", "tunesmith.engine.serve")
        self._worker = PreviewWorker(command)
        self._tables = tables
        self._kept: dict[str, PreviewResult] = {}
        self._last: dict[str, LastPreview] = {}

    async def preview(
        self, snapshot: Snapshot, row: int | None, on_text: Callable[[str], None]
    ) -> PreviewResult:
        """The answer to a row (from 1) of the training data; `on_text` hears it grow.

        Raises PreviewError.
        """
        number, values = await self._row(snapshot, row)
        request = _request(snapshot, values)
        wording = render_hash(snapshot.loaded.prompt, snapshot.loaded.partials)
        key = _key(request, wording)
        result = self._kept.pop(key, None)
        if result is None:
            rendered = _rendered(snapshot, values)
            result = await self._ask(request, number, rendered, on_text)
        result = replace(result, row=number)
        if not result.stopped:
            self._keep(key, result)
        self._last[snapshot.uri] = LastPreview(
            result=result, render_hash=wording, model=request.model.name
        )
        return result

    def last(self, uri: str) -> LastPreview | None:
        """The last preview of a prompt."""
        return self._last.get(uri)

    def forget(self, uri: str) -> None:
        """The prompt was closed."""
        self._last.pop(uri, None)

    async def close(self) -> None:
        """End the worker."""
        await self._worker.close()

    async def _ask(
        self, request: Generate, row: int, rendered: str, on_text: Callable[[str], None]
    ) -> PreviewResult:
        text = ""

        def on_token(more: str) -> None:
            nonlocal text
            text += more
            on_text(text)

        done = await self._worker.generate(request, on_token)
        return PreviewResult(
            row=row,
            rendered=rendered,
            output=done.text,
            tokens=done.n_tokens,
            seconds=round(done.total_s, 3),
            stopped=done.stopped,
        )

    def _keep(self, key: str, result: PreviewResult) -> None:
        self._kept[key] = result
        for old in list(self._kept)[:-N_KEPT]:
            del self._kept[old]

    async def _row(self, snapshot: Snapshot, row: int | None) -> tuple[int, dict[str, object]]:
        """The row's number and its values by the names that the template uses."""
        table = await self._tables.train(snapshot)
        keys = snapshot.loaded.extension.data
        if table is None or keys is None or not table.rows:
            if row is not None:
                raise PreviewError(f"there is no row {row}: the prompt has no readable data")
            return 0, {}
        number = row or 1
        if not 1 <= number <= len(table.rows):
            raise PreviewError(f"there is no row {number}: {table.path.name} has {len(table.rows)}")
        values = keys.values(table.rows[number - 1].given)
        return number, keys.without_target(values)


def _request(snapshot: Snapshot, values: dict[str, object]) -> Generate:
    extension = snapshot.loaded.extension
    written = {key: value for key, value in extension.preview.items() if key != "model"}
    try:
        options = resolve_options(PREVIEW_OPTIONS, written)
        model = _model(extension.preview_model, snapshot)
        facts = read_facts(Path(model.path))
        template = template_for(extension.train.get("template"), facts)
    except ValueError as error:
        raise PreviewError(f"{snapshot.path.name}: {error}") from error
    return Generate(
        id=0,
        model=model,
        prompt=snapshot.text,
        partials=dict(snapshot.loaded.partials),
        values={**snapshot.loaded.prompt.defaults, **values},
        template=template,
        chat_template_kwargs=dict(extension.chat_template_kwargs),
        max_new_tokens=int(options["max_new_tokens"]),
        temperature=float(options["temperature"]),
        seed=0,
    )


def _model(name: str, snapshot: Snapshot) -> ModelSpec:
    place = resolve(name, workspace=snapshot.workspace)
    if place.spec is None:
        raise PreviewError(place.problem or f"{name} cannot be used")
    return place.spec


def _rendered(snapshot: Snapshot, values: dict[str, object]) -> str:
    loaded = snapshot.loaded
    try:
        rendered = render(loaded.prompt, values, partials=loaded.partials, keep_target=False)
    except RenderError as error:
        line, _ = snapshot.lines.position(error.span.start)
        raise PreviewError(f"{snapshot.path.name}, line {line + 1}: {error}") from error
    return "\n".join(f"[{message.role}]\n{message.text}" for message in rendered.messages)


def _key(request: Generate, wording: str) -> str:
    """The same for requests that differ only in settings which never reach the model."""
    question = dumps(replace(request, prompt=wording, partials={}))
    return hashlib.sha256(question.encode("utf-8", errors="surrogatepass")).hexdigest()
