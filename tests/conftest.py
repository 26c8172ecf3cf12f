"""What holds for every test process: where compiled programs lie, and that a skip can be a failure."""

import os
from pathlib import Path

# Tests, their processes and later runs compile a program once; `make clean` removes the folder. JAX finds a
# program by its code, its options and its version, so that no change goes unseen. Nothing lands in the cache
# of the user's own fits.
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(Path(__file__).parents[1] / ".pytest_cache" / "programs")
# Most programs of tests are small, and there are thousands.
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# Threads of linear algebra wait in a busy loop, which the other process of tests pays for
# (`windup.fit.execution.process.quiet_linear_algebra` does this for fits).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# XLA reads its flags with JAX's first computation, which some modules of tests make while they are imported.
import windup.fit  # noqa: F401

from .skips import (  # noqa: F401
    pytest_addoption,
    pytest_make_collect_report,
    pytest_runtest_makereport,
)
