"""What the tests of plans share: a plan without faults, changed where a test wants it."""

from pathlib import Path
from typing import Any

from windup.fit.report.plan.template import _toml
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.settings.fit import Settings
from windup.fit.storage.tree import attribute

TEXTS = ("title", "question_of_interest", "context_of_use", "model_influence", "decision_consequence")
LIMIT = {"quantity": "summary.max_rhat", "at_most": 1.1, "why": "Chains agree."}


def plan_text(settings: Settings, data_sha256: str, *limits: dict[str, Any], **changes: Any) -> str:
    """A plan of these settings and trials; ``changes`` replace keys, None leaves them out."""
    keys = {**{name: f"A {name}." for name in TEXTS}, "date": "2025-06-01", "data_sha256": data_sha256}
    lines = [f"{name} = {_toml(value)}" for name, value in (keys | changes).items() if value is not None]
    plain = {name: value for name, value in settings.as_json().items() if not isinstance(value, dict)}
    kept = {name: value for name, value in plain.items() if name not in ("data", "out")}
    lines += ["[settings]", *(f"{name} = {_toml(value)}" for name, value in kept.items())]
    for limit in limits or (LIMIT,):
        lines += ["[[limit]]", *(f"{name} = {_toml(value)}" for name, value in limit.items())]
    return "\n".join(lines) + "\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def plan_of(run: FittedRun, folder: Path, *limits: dict[str, Any], **changes: Any) -> Path:
    """Plan that a run follows."""
    digest = changes.pop("data_sha256", attribute(run.tree, "data_sha256"))
    settings = changes.pop("settings", run.settings)
    return written(folder, plan_text(settings, digest, *limits, **changes))
