"""What several threads need, made by one of them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

# The handlers of numpyro are one stack for all threads: two that trace a model at a time spoil each other's.
_MAKING = threading.RLock()


def once[Argument, Made](make: Callable[[Argument], Made]) -> Callable[[Argument], Made]:
    """The function with its last result kept; of all functions of this kind one is at work at a time.

    Parameters
    ----------
    make
        A function of one hashable argument, such as one that traces and compiles a program.
    """
    cached = functools.lru_cache(maxsize=1)(make)

    def of(argument: Argument) -> Made:
        with _MAKING:
            return cached(argument)

    return of
