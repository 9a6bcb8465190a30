"""What encoding gives; apart from the encoder, so that no tokenizer is needed to speak of it."""

import json
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """One row as the model gets it."""

    ids: tuple[int, ...]
    mask: tuple[bool, ...]
    """True where the loss is computed: on the target and on the token that ends it."""
    n_prompt: int
    """Length of the prompt; generation starts from `ids[:n_prompt]`."""
    merges: bool = False
    """A text of prompt and target would have one token where they meet; here they stay apart."""

    @property
    def n_targets(self) -> int:
        """How many tokens are trained."""
        return sum(self.mask)

    @property
    def row_hash(self) -> str:
        """SHA-256 over ids and mask."""
        content = json.dumps([self.ids, [int(trained) for trained in self.mask]])
        return sha256(content.encode()).hexdigest()
