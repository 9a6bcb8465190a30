"""The engine's job, but for one thing: the only path that it knows is the plain one.

`python -m benchmarks._versus_plain RUN_DIR`
"""

import sys
from unittest.mock import patch

from tunesmith.engine import job
from tunesmith.engine.paths.plain import PATH

if __name__ == "__main__":
    with patch("tunesmith.engine.path_choice.forward_paths", lambda: [PATH]):
        sys.exit(job.main())
