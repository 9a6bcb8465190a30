"""What training will take, in words, for the editor, the terminal and the report alike."""

import math

from tunesmith.wire.events import Plan, Preflight, RateProbe


def forecast(preflight: Preflight, plan: Plan | None = None) -> dict[str, str]:
    """Time, memory, disk and shared prefix, by name; with `plan`, of the whole run.

    No time for a run whose first steps show it soon enough.
    """
    found: dict[str, str] = {}
    if preflight.n_probed:
        found["time"] = _time(preflight, plan)
    seen = f", {size(preflight.probed_bytes)} seen" if preflight.probed_bytes else ""
    free = f", {size(preflight.free_bytes)} free" if preflight.free_bytes else ""
    return found | {
        "memory": f"{size(preflight.memory_bytes)} by formula{seen}{free}",
        "disk": f"{size(preflight.disk_bytes)} at most, {size(preflight.disk_free_bytes)} free",
        "shared prefix": f"{preflight.factor:.1f} times fewer tokens to compute",
    }


def probed_rates(probe: RateProbe) -> str:
    """The rates that were tried, with what came of them."""
    tried = ", ".join(
        f"{loss:.3f} at {rate:.2g}" for rate, loss in zip(probe.rates, probe.losses, strict=True)
    )
    return f"{probe.chosen:.2g}: {probe.reason} ({tried})"


def size(n_bytes: int) -> str:
    """Bytes for people.

    >>> size(1_530_000_000), size(24_000_000), size(400)
    ('1.5 GB', '24 MB', '1 MB')
    """
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{math.ceil(n_bytes / 1e6):,} MB"


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(0.054), duration(2.31), duration(95), duration(4000), duration(200_000)
    ('0.054 s', '2.3 s', '2 min', '67 min', '56 h')
    """
    if seconds < 90:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 10_000 else f"{seconds / 3600:,.0f} h"


def _time(preflight: Preflight, plan: Plan | None) -> str:
    parts = [f"{duration(preflight.step_s)} a step", f"{duration(preflight.epoch_s)} an epoch"]
    if plan is not None:
        n_looks = math.ceil(plan.n_steps / int(plan.settings["eval_steps"]))
        run_s = plan.n_steps * preflight.step_s + n_looks * preflight.look_s
        looks = "1 look" if n_looks == 1 else f"{n_looks} looks"
        parts.append(f"{duration(run_s)} to train, {looks} at validation among it")
    return ", ".join(parts)
