"""One batch -> its loss and its gradient, in as many pieces as memory takes.

What a step learns does not depend on the pieces: each token's weight is that in the whole batch.
"""

from collections.abc import Callable, Sequence

from accelerate import Accelerator
from accelerate.utils.memory import clear_device_cache

from tunesmith.engine.front import has_front
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.micro_batches import first_budget, micro_batches, n_tokens
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.out_of_memory import MemoryFull, is_out_of_memory
from tunesmith.engine.path_choice import PathChoice, choose_path
from tunesmith.engine.paths import make_batch
from tunesmith.engine.paths.plain import PATH as PLAIN
from tunesmith.engine.sampler import Drawn
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import PathTaken, Warned


class Learner:
    """Sends batches through a model, and finds out how much of one goes through at once."""

    def __init__(
        self,
        loaded: LoadedModel,
        rows: Sequence[Encoded],
        accelerator: Accelerator,
        *,
        checkpointing: str,
        report: Callable[[PathTaken | Warned], object],
        check_cancel: Callable[[], None],
    ) -> None:
        """Choose the path on `rows`, the first batch; `check_cancel` is asked before each piece.

        Raises what `check_cancel` raises.
        """
        self._loaded = loaded
        self._rows = rows
        self._accelerator = accelerator
        self._report = report
        self._check_cancel = check_cancel
        self._budget = first_budget(loaded.device)
        self._can_checkpoint = self._may_checkpoint(checkpointing)
        self._piece: list[Drawn] = []
        self._problem = ""
        self._has_told = False
        if checkpointing == "on" and self._can_checkpoint:
            self._checkpoint()
        self._loss_of = self._choose()

    def learn(
        self, step: int, batch: Sequence[Drawn], weigh: Callable[[Drawn], list[float]]
    ) -> float:
        """The batch's loss; its gradient is added to the weights'.

        `weigh` gives what each target token of a row counts. Where memory runs out, what is done
        of the batch is undone, and done again in smaller pieces. Raises MemoryFull.
        """
        budget = self._budget
        while (loss := self._attempt(batch, weigh)) is None:
            self._make_room(step)
        if self._budget < budget and not self._has_told:
            self._has_told = True
            self._warn(
                f"Memory ran out at step {step}: from here on rows go through the model in pieces "
                f"of at most {self._budget} tokens, a shared prefix apart. What a step learns "
                "stays the same."
            )
        return loss

    def _attempt(
        self, batch: Sequence[Drawn], weigh: Callable[[Drawn], list[float]]
    ) -> float | None:
        """None where memory ran out."""
        loss = 0.0
        try:
            for piece in micro_batches(batch, self._loss_of.path, self._budget):
                self._check_cancel()
                self._piece = piece
                rows = make_batch([drawn.row for drawn in piece])
                share = self._loss_of(rows, [weight for drawn in piece for weight in weigh(drawn)])
                self._accelerator.backward(share)
                loss += share.item()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            # Only the words are kept: the error itself holds on to all tensors of the step.
            self._problem = str(error).partition("\n")[0]
            return None
        return loss

    def _make_room(self, step: int) -> None:
        self._forget_half_a_step()
        if len(self._piece) > 1:
            self._budget = n_tokens(self._piece, self._loss_of.path) // 2
            return
        n_row = len(self._piece[0].row.ids)
        if not self._can_checkpoint:
            raise MemoryFull(_advice(step, n_row, self._problem))
        self._checkpoint(f"A row of {n_row} tokens did not fit into memory at step {step}")
        self._loss_of = self._choose()
        # With so much less to keep, several rows may go through at once again.
        self._budget = first_budget(self._loaded.device)

    def _forget_half_a_step(self) -> None:
        self._loaded.model.zero_grad()
        clear_device_cache(garbage_collection=True)

    def _choose(self) -> TargetLoss:
        """The fastest right path for the model as it is now."""
        choice = self._try_paths()
        if choice is None and self._can_checkpoint:
            self._checkpoint("Two rows at once did not fit into memory")
            choice = self._try_paths()
        if choice is None:
            reason = "two rows at once, to compare the faster ones, do not fit into memory"
            choice = PathChoice(path=PLAIN, reason=reason, factor=1.0)
        self._report(PathTaken(path=choice.path.name, factor=choice.factor, reason=choice.reason))
        return TargetLoss(self._loaded.model, choice.path)

    def _try_paths(self) -> PathChoice | None:
        """None where memory ran out."""
        try:
            return choose_path(self._loaded.model, self._rows)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        self._forget_half_a_step()
        return None

    def _may_checkpoint(self, checkpointing: str) -> bool:
        if checkpointing == "off":
            return False
        base = self._loaded.base
        if base.is_activation_checkpointing:
            return False
        if has_front(self._loaded.model):
            why = "it would leave out the key-value cache, through which this method works"
        elif not base.supports_gradient_checkpointing:
            why = f"{type(base).__name__} has none"
        else:
            return True
        if checkpointing == "on":
            self._warn(f"Training goes on without checkpointing: {why}.")
        return False

    def _checkpoint(self, why: str = "") -> None:
        """Save memory from now on; `why` is said where nobody has asked for it."""
        self._can_checkpoint = False
        self._loaded.base.activation_checkpointing_enable()
        if why:
            self._warn(
                f"{why}: from here on activations are computed twice instead of kept "
                "(checkpointing: on), which is slower."
            )

    def _warn(self, message: str) -> None:
        self._report(Warned(message=message))


def _advice(step: int, n_row: int, problem: str) -> str:
    return (
        f"memory is full at step {step} with a single row of {n_row} tokens ({problem}). In "
        "tunesmith.train, lower max_length or, where it is off, set checkpointing: on; a smaller "
        "batch_size changes nothing, for rows go through one by one already"
    )
