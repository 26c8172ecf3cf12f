from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import windup.datasets
from windup.datasets import DataFaults, Fault, WindupError, nearest

MODULES = [module.name for module in pkgutil.iter_modules(windup.datasets.__path__)]


def test_a_close_name_is_offered() -> None:
    assert nearest("Gabapentine", ["gabapentin", "pregabalin"]) == "Did you mean 'gabapentin'?"


def test_all_names_are_listed_when_none_is_close() -> None:
    assert nearest("qqq", ["no", "yes"]) == "Use one of: no, yes."


def test_of_very_many_names_three_are_shown() -> None:
    names = [f"study{number}" for number in range(294)]
    assert nearest("zzz", names) == "Use one of 294 names, for example study0, study1, study2."


def test_a_fault_of_a_whole_file_names_no_row() -> None:
    assert str(Fault("a.csv", 0, "", "Missing.", "Add it.")) == "a.csv: Missing. Add it."


def test_faults_are_errors_a_user_can_mend() -> None:
    assert issubclass(DataFaults, WindupError)


def test_an_error_keeps_every_fault() -> None:
    faults = (Fault("a.csv", 2, "n", "x", "y"), Fault("b.csv", 3, "n", "x", "y"))
    assert DataFaults(iter(faults)).faults == faults


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_docstrings_hold(name: str) -> None:
    module = importlib.import_module(f"windup.datasets.{name}")
    assert doctest.testmod(module).failed == 0
