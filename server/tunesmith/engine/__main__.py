"""A run as a process: `python -m tunesmith.engine RUN_DIR`."""

import sys
from pathlib import Path

from tunesmith.wire.codec import WireError
from tunesmith.wire.run_dir import RunDir


def main() -> int:
    """Do the run in the folder that the command line names; 0 where it finished."""
    run_dir = RunDir(Path(sys.argv[1]).resolve())
    try:
        spec = run_dir.read_spec()
    except (OSError, WireError) as error:
        print(f"tunesmith: {error}", file=sys.stderr)
        return 2
    if not spec.model.quantised:
        # PEFT imports it wherever it is installed, and somebody waits for the first loss.
        sys.modules["bitsandbytes"] = None  # pyright: ignore[reportArgumentType]
    # Not before, for that is what imports PEFT.
    from tunesmith.engine.job import do_run

    return do_run(spec, run_dir)


if __name__ == "__main__":
    sys.exit(main())
