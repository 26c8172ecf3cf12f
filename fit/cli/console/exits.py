"""Exit codes of the command line, and the sentences that go with them."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import NoReturn

import typer

from windup.datasets import DataFaults, WindupError
from windup.fit.cli.console.faults import faults_page
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import show

OK = 0
BUG = 1
USAGE = 2
FAULTS = 3
NOT_CONVERGED = 4
FOLDER_REFUSED = 5
DISK = 6
WORKERS = 7
UNFIT_MACHINE = 8
INTERRUPTED = 130

EXIT_CODES: Mapping[int, str] = MappingProxyType(
    {
        OK: "success",
        BUG: "unexpected error: a bug in windup; --debug shows where",
        USAGE: "an option or a setting is wrong",
        FAULTS: "errors in the data or regimens, all of them shown, or no row can be used in a fit",
        NOT_CONVERGED: "a fit did not converge or is not calibrated; the last lines name the failed check",
        FOLDER_REFUSED: "the run folder was refused, or holds no run",
        DISK: "the disk is full, or a file cannot be read or written",
        WORKERS: "a cluster cannot be reached, or loses its workers",
        UNFIT_MACHINE: "windup cannot work on this machine; `windup doctor` explains why",
        INTERRUPTED: "interrupted; finished work is saved, and the last lines name the place",
    }
)


@contextmanager
def reported(*, debug: bool) -> Iterator[None]:
    """End a command with one sentence and its exit code, whatever goes wrong inside.

    A command ends itself (`typer.Exit`) after this block, never inside it.

    Parameters
    ----------
    debug
        Show the traceback too.
    """
    try:
        yield
    except DataFaults as error:
        show(faults_page(error.faults), terminal(error=True))
        _end(error, str(error).splitlines()[0], FAULTS, debug=debug)
    except WindupError as error:
        _end(error, str(error), error.exit_code, debug=debug)
    except KeyboardInterrupt as error:
        _end(error, "Interrupted.", INTERRUPTED, debug=debug)
    except BrokenPipeError:
        # The reader of our output left, as `head` does: no error, and typer ends quietly.
        raise
    except OSError as error:
        _end(error, f"A file could not be read or written: {error}.", DISK, debug=debug)
    except Exception as error:
        sentence = f"Unexpected error, a bug in windup: {type(error).__name__}: {error}"
        _end(
            error,
            sentence if debug else f"{sentence}\nRun again with --debug to see where.",
            BUG,
            debug=debug,
        )


def _end(error: BaseException, sentence: str, code: int, *, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exception(error)
    print("\n".join([sentence, *getattr(error, "__notes__", [])]), file=sys.stderr)
    raise typer.Exit(code) from None
