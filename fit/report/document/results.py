"""What other commands left of a run: found at its usual place, and shown only if it is of these draws."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from windup.fit.runs.fitted_run import FittedRun
from windup.fit.settings.fit import Settings
from windup.fit.storage.folder import SUMMARY

# Where `windup compare` and `windup calibrate` write to when a run stands in its usual folder, `runs`.
COMPARISON, CALIBRATION = "comparison", "calibration"
METHODS = ("power-scaling", "sobol", "morris", "local", "prior-refit", "block-refit")


@final
@dataclass(frozen=True)
class CommandResult:
    """What a command wrote, as the report reads it.

    Attributes
    ----------
    folder
        Where it is.
    record
        Its ``summary.json``.
    images
        PNG files by their name without its ending.
    """

    folder: Path
    record: Mapping[str, Any]
    images: Mapping[str, bytes]


@final
@dataclass(frozen=True)
class Absent:
    """Why there is nothing to show, and the command that changes it."""

    why: str
    command: str


type Found = CommandResult | Absent


def results_of(run: FittedRun, *, compare: Path | None, calibration: Path | None) -> dict[str, Found]:
    """What other commands left of a run, by the name of the command (and method of sensitivity).

    Parameters
    ----------
    run
        The run.
    compare, calibration
        Folders of ``windup compare`` and ``windup calibrate``; None for their usual places beside the run.
    """
    place, beside = shlex.quote(str(run.folder)), run.folder.resolve().parent
    commands = {
        "predict": f"windup predict {place}",
        "claims": f"windup claims {place}",
        **{f"sensitivity/{name}": f"windup sensitivity {place} --method {name}" for name in METHODS},
        "identify": f"windup identify {place}",
        "score": f"windup score {place} --data FOLDER_OF_NEW_TRIALS",
        "simulate": f"windup simulate {place} --trial PLANNED_TRIAL.toml",
    }
    found = {
        name: _of_draws(run, run.folder / name, f"{command} --overwrite", command)
        for name, command in commands.items()
    }
    found["compare"] = _of_draws(
        run,
        compare or beside / COMPARISON,
        f"windup compare {place} OTHER_RUN --overwrite",
        f"windup compare {place} OTHER_RUN",
    )
    found["calibrate"] = _of_model(run.settings, calibration, beside)
    return found


def _of_draws(run: FittedRun, folder: Path, again: str, command: str) -> Found:
    if not (folder / SUMMARY).is_file():
        return Absent("This step has not been run.", command)
    record = _read(folder)
    if record is None:
        return Absent(f"{folder / SUMMARY} cannot be read: it is no summary of windup.", again)
    recorded = record.get("draws_sha256")
    digests = list(recorded.values()) if isinstance(recorded, Mapping) else [recorded]
    if recorded is None:
        return Absent(f"{folder} does not record which draws it was made from, so it is not shown.", again)
    if run.draws_sha256 not in digests:
        return Absent(
            f"{folder} was made from other draws than those of this run, so it is not shown.", again
        )
    return CommandResult(folder, record, dict(_images(folder)))


def _of_model(settings: Settings, given: Path | None, beside: Path) -> Found:
    """A calibration is of a model and no run; the first one of this model with these priors counts."""
    model, own = settings.model, settings.as_json()
    which = "--settings SETTINGS_OF_THIS_RUN.toml" if own["priors"] or own["fixed"] else f"--model {model}"
    command = f"windup calibrate {which} --out runs/{CALIBRATION}_{model}"
    places = [given] if given else [beside / CALIBRATION, beside / f"{CALIBRATION}_{model}"]
    others = []
    for folder in places:
        record = _read(folder) if (folder / SUMMARY).is_file() else None
        if record is None or "calibrated" not in record:
            continue
        asked = record.get("settings", {})
        # Calibrations of earlier versions had the packaged priors.
        same = all(asked.get(name, {}) == own[name] for name in ("priors", "fixed"))
        if record.get("model") == model and same:
            return CommandResult(folder, record, dict(_images(folder)))
        other = "" if same else " with other priors or fixed values"
        others.append(f"{folder} is of the model '{record.get('model')}'{other}")
    if others:
        return Absent(f"{'; '.join(others)}, so it does not apply to this fit of '{model}'.", command)
    return Absent(f"There is no calibration of the model '{model}' next to this run.", command)


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        record = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and "failed_checks" in record else None


def _images(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted([*folder.glob("*.png"), *(folder / "figures").glob("*.png")]):
        yield path.stem, path.read_bytes()
