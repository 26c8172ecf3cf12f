"""Claims about corrupted TOML files: each is read or refused with place and remedy."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windup.datasets import (
    PlannedTrial,
    Regimen,
    RegimenFaults,
    WindupError,
    load_regimens,
    load_trial_plans,
    packaged_catalogue,
)
from windup.fit import MODELS, Settings, SettingsFault, SettingsFaults, load_settings
from windup.fit.analyses.prediction.courses import weeks_of
from windup.fit.design.hypothetical_arms import NO_DRUG, Arms, Patient, doses_of, patient_of
from windup.fit.settings.fit import sampler_of
from windup.fit.settings.keys import KEYS
from windup.fit.settings.template import settings_toml

from .corruption import spoilt_bytes, spoilt_tree, toml_text
from .invariants import assert_is_told, examples, faults_or

CATALOGUE = packaged_catalogue()

ROOT = Path(__file__).parents[2]


class Kind(NamedTuple):
    """A kind of file: a whole one, how it is read, and what must be possible with what was read."""

    whole: str
    load: Callable[[Path], Any]
    use: Callable[[Any], None]


def _planned(regimens: tuple[Regimen, ...]) -> None:
    """Every regimen has finite doses and a place on the solver's mesh."""
    arms = Arms(CATALOGUE.dose_columns)
    for regimen in regimens:
        assert np.isfinite(regimen.dosing(CATALOGUE)["daily_dose"]).all()
        arms.visits(patient_of(regimen, CATALOGUE), doses_of(regimen, CATALOGUE), weeks_of(regimen))
    arms.schedule()


def _simulated(plans: tuple[PlannedTrial, ...]) -> None:
    arms = Arms(CATALOGUE.dose_columns)
    for plan in plans:
        for arm in plan.arm:
            doses = doses_of(plan.regimen(arm), CATALOGUE) if arm.phase else NO_DRUG
            arms.visits(Patient(plan.pain, 0.5, plan.magnesium_intake), doses, plan.visits)
    arms.schedule()


def _some_regimens() -> str:
    """One regimen of one drug, one of a single application, one combination and one of an opioid."""
    text = (resources.files("windup.datasets") / "regimens/packaged.toml").read_text(encoding="utf-8")
    wanted = ("gabapentin 1800 mg/day", "capsaicin 8 % patch, once", "opioid 60 mg morphine/day")
    regimens = tomllib.loads(text)["regimen"]
    combined = next(regimen for regimen in regimens if len(regimen["phase"]) > 1)
    chosen = [*(regimen for regimen in regimens if regimen["name"] in wanted), combined]
    assert len(chosen) == 4
    return toml_text({"regimen": chosen})


def _complete(settings: Settings) -> None:
    assert settings.model in MODELS
    sampler_of(settings)


def _all_settings() -> str:
    """A file of settings with every key and table in force."""
    lines = [line.removeprefix("# ") for line in settings_toml("settings.toml").splitlines()]
    keys = "\n".join(line for line in lines if line.partition(" = ")[0] in KEYS)
    prior = {"family": "lognormal", "location": 14.0, "scale": 0.3}
    choices = {
        "priors": {"placebo_time": prior, "log_patient_sd[mean]": {"scale": 0.2}},
        "fixed": {"misfit": 0.1},
    }
    return f"{keys}\n{toml_text(choices)}\n"


KINDS = {
    "settings": Kind(_all_settings(), load_settings, _complete),
    "regimens": Kind(_some_regimens(), load_regimens, _planned),
    "trial plans": Kind(
        (ROOT / "docs/gallery/simulate/plan.toml").read_text(encoding="utf-8"), load_trial_plans, _simulated
    ),
}


@st.composite
def corrupted(draw: Callable[[st.SearchStrategy[Any]], Any], kind: str) -> bytes:
    whole = KINDS[kind].whole
    if draw(st.booleans()):
        return toml_text(draw(spoilt_tree(tomllib.loads(whole)))).encode("utf-8", "surrogatepass")
    return bytes(draw(spoilt_bytes(whole.encode("utf-8"))))


def read_and_judge(kind: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = folder / "mine.toml"
        path.write_bytes(content)
        found = faults_or(lambda: KINDS[kind].load(path), folder)
        if isinstance(found, WindupError):
            judge_faults(found)
        else:
            KINDS[kind].use(found)


def judge_faults(error: WindupError) -> None:
    assert isinstance(error, RegimenFaults | SettingsFaults)
    assert error.faults
    for fault in error.faults:
        assert fault.file == "mine.toml"
        assert (fault.row if isinstance(fault, SettingsFault) else fault.number) >= 0
        assert_is_told([fault.found, fault.remedy, str(fault)])


@pytest.mark.parametrize("kind", KINDS)
def test_file_that_is_corrupted_is_whole(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(KINDS[kind].whole, encoding="utf-8")
    KINDS[kind].use(KINDS[kind].load(path))


@pytest.mark.parametrize("kind", KINDS)
def test_corrupted_file_is_read_or_refused_with_place_and_remedy(kind: str) -> None:
    @examples(80)
    @given(corrupted(kind))
    def holds(content: bytes) -> None:
        read_and_judge(kind, content)

    holds()


@pytest.mark.robustness
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_corrupted_files_are_read_or_refused(kind: str) -> None:
    @examples(2000)
    @given(corrupted(kind))
    def holds(content: bytes) -> None:
        read_and_judge(kind, content)

    holds()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_refused_without_waiting(kind: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "device", "loop", "folder", "missing", "a\0b"):
        path = tmp_path / name
        found = faults_or(lambda path=path: KINDS[kind].load(path), tmp_path)  # type: ignore[misc]
        assert isinstance(found, RegimenFaults | SettingsFaults)
        assert len(found.faults) == 1
