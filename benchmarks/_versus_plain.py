"""The engine's job, but for one thing: the only path that it knows is the plain one.

`python -m benchmarks._versus_plain RUN_DIR`
"""

import sys
from pathlib import Path
from unittest.mock import patch

from tunesmith.engine.job import do_run
from tunesmith.engine.paths.plain import PATH
from tunesmith.wire.run_dir import RunDir

if __name__ == "__main__":
    with patch("tunesmith.engine.path_choice.forward_paths", lambda: [PATH]):
        run_dir = RunDir(Path(sys.argv[1]).resolve())
        sys.exit(do_run(run_dir.read_spec(), run_dir))
