"""The part of a report on how the run was made: settings, versions, hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from windup.fit.display.blocks import Heading, Paragraph, Table
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Section
from windup.fit.report.document.subject import Subject
from windup.fit.storage.folder import POSTERIOR, SETTINGS
from windup.fit.storage.tree import attribute

_PROVENANCE = "provenance.json"
_FILES = (
    POSTERIOR,
    SETTINGS,
    "summary.json",
    _PROVENANCE,
    "rows.csv",
    "drug_effects.csv",
    "contraction.csv",
    "checks.csv",
)


def settings_part(subject: Subject) -> Section:
    """Everything that is needed to make the run again."""
    run = subject.run
    tree = run.tree
    versions: Mapping[str, Any] = attribute(tree, "versions") or {}
    machine = _machine(run.folder / _PROVENANCE)
    facts = {
        "run": str(run.folder),
        "created": str(attribute(tree, "created") or "not recorded"),
        "SHA-256 of the trials": str(attribute(tree, "data_sha256")),
        "SHA-256 of the draws": run.draws_sha256,
        "mesh refinement": str(attribute(tree, "mesh_refinement") or 1),
        **machine,
        "report made by": f"windup {version('windup')}",
    }
    settings = {name: json.dumps(value) for name, value in run.settings.as_json().items()}
    return Section(
        "settings",
        "Settings, versions and hashes",
        (
            Paragraph(
                "The same settings, trials and versions on the same machine give the same draws. The digest "
                "of the draws is in every result that was made from them; results of other draws are not "
                "shown in this report."
            ),
            Heading("The run"),
            _pairs("what", facts),
            Heading("Settings of the fit"),
            _pairs("setting", settings),
            Heading("Versions"),
            _pairs("package", {name: str(number) for name, number in versions.items()}),
            Heading("Files of the run (SHA-256)"),
            _pairs("file", _hashes(run.folder)),
        ),
    )


def _pairs(what: str, values: Mapping[str, str]) -> Table:
    return Table((what, "value"), tuple((name, clipped(value, 300)) for name, value in values.items()))


def _machine(path: Path) -> dict[str, str]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    wanted = ("python", "platform", "cores")
    return {name: str(record[name]) for name in wanted if isinstance(record, dict) and name in record}


def _hashes(folder: Path) -> dict[str, str]:
    found = {}
    for name in _FILES:
        path = folder / name
        if path.is_file():
            with path.open("rb") as stream:
                found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found
