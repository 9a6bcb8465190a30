"""What makes a score stale, and what makes a training run another one."""

import json
from collections.abc import Mapping
from hashlib import sha256

from tunesmith.prompt.extension import Extension
from tunesmith.prompt.model import Prompt


def render_hash(prompt: Prompt, partials: Mapping[str, str]) -> str:
    """SHA-256 over all that can change a rendered message: template, defaults, partials."""
    return _hash([prompt.body.of(prompt.text), dict(prompt.defaults), dict(partials)])


def settings_hash(extension: Extension) -> str:
    """SHA-256 over all settings that can change training."""
    data = extension.data
    keys = data and [data.train, data.validation, data.test, data.target, dict(data.columns)]
    labels = data and data.labels
    train, evaluation = dict(extension.train), dict(extension.eval)
    kwargs = dict(extension.chat_template_kwargs)
    found = [extension.task, keys, labels, train, evaluation, extension.base, kwargs]
    # Only where there are some, so that other prompts keep the hash they have.
    return _hash(found if extension.variants == () else [*found, extension.variants])


def _hash(value: object) -> str:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()
