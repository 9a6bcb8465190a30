"""Who has said what about which file: the editor takes only whole lists of diagnostics."""

from collections.abc import Callable, Mapping, Sequence

from lsprotocol import types

Publish = Callable[[str, Sequence[types.Diagnostic]], None]


class Board:
    """Diagnostics by owner and file; a file's list is published whenever one part of it changes."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._notes: dict[str, dict[str, tuple[types.Diagnostic, ...]]] = {}

    def put(
        self,
        owner: str,
        notes: Mapping[str, Sequence[types.Diagnostic]],
        *,
        always: str | None = None,
    ) -> None:
        """Let `notes`, by uri, be all that `owner` has to say.

        The file `always` is published even unchanged, so that an editor sees its new version.
        """
        before = self._notes.get(owner, {})
        after = {uri: tuple(found) for uri, found in notes.items() if found}
        self._notes[owner] = after
        changed = {uri for uri in {*before, *after} if before.get(uri) != after.get(uri)}
        for uri in sorted(changed | ({always} if always else set())):
            self._publish(uri, self.of(uri))

    def clear(self, *owners: str) -> None:
        """Forget what they said."""
        for owner in owners:
            self.put(owner, {})
            del self._notes[owner]

    def of(self, uri: str) -> list[types.Diagnostic]:
        """All that is said about one file."""
        return [note for notes in self._notes.values() for note in notes.get(uri, ())]
