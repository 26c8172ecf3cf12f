"""Options of XLA that are set before JAX computes anything in a process."""

import os

_OPTION = "--xla_backend_extra_options"
# A sixth of the time that the gradient of a posterior takes to compile, and nothing of its own: its loops are
# over states and drugs, a few dozen of either.
_NO_UNROLLING = "xla_cpu_disable_loop_unrolling"


def set_compiler_flags() -> None:
    """Ask XLA not to unroll loops on CPUs, unless the user gave such options.

    XLA reads its flags once, with JAX's first computation: in a process that has computed before, this
    changes nothing but the flags of processes that it starts.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if _OPTION not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_OPTION}={_NO_UNROLLING}".lstrip()
