"""Reading back what a finished run wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ._errors import RunFolderRefused

SUMMARY = "summary.json"


def read_summary(run: Path) -> tuple[str, dict[str, Any]]:
    """Text and content of the ``summary.json`` of a run.

    Raises
    ------
    RunFolderRefused
        When the folder holds no finished run, or a summary of another version.
    """
    path = run / SUMMARY
    if not path.is_file():
        raise RunFolderRefused(
            f"{run} holds no {SUMMARY}: it is no finished run. Make one with `windup fit`."
        )
    try:
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunFolderRefused(f"{path} is no valid JSON ({error}). Run the fit again.") from error
    if not isinstance(record, dict) or "failed_checks" not in record:
        raise RunFolderRefused(
            f"{path} lacks 'failed_checks': it is no summary of windup. Run the fit again."
        )
    return text, record
