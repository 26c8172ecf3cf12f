"""Claims about the digest by which finished pieces of work are kept and found again."""

import pytest

from windup.datasets import packaged_trials
from windup.fit.analyses.comparison.folds import Fold
from windup.fit.execution.tasks import Shared
from windup.fit.settings.fit import Settings


def test_same_work_has_the_same_digest() -> None:
    assert Shared.of("content", "trials", 3).digest == Shared.of("other copy", "trials", 3).digest


def test_other_work_has_another_digest() -> None:
    assert Shared.of("content", "trials", 3).digest != Shared.of("content", "trials", 4).digest


@pytest.mark.parametrize("changed", ["own_files", "versions"])
def test_fold_of_another_program_is_not_found_again(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    trials, fold = packaged_trials(), Fold(("dworkin2003",), Settings.from_preset("quick"), 100)
    kept = fold.digest(trials)
    monkeypatch.setattr(f"windup.fit.execution.tasks.{changed}", lambda: "another")
    assert fold.digest(trials) != kept
