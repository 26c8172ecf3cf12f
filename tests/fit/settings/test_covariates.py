"""Claims about covariates in settings."""

from pathlib import Path

import pytest

from windup.fit import Settings, SettingsFaults, load_settings
from windup.fit.settings.covariates import Covariate
from windup.fit.settings.recorded import recorded_settings


def test_covariates_are_read_from_a_file_in_alphabetical_order(tmp_path: Path) -> None:
    place = tmp_path / "settings.toml"
    place.write_text(
        "[covariates]\nyear = { centre = 2010, unit = 10 }\nbaseline_pain = { centre = 6, sd = 0.2 }\n"
    )
    found = load_settings(place).covariates
    assert list(found.items()) == [
        ("baseline_pain", Covariate(centre=6.0, sd=0.2)),
        ("year", Covariate(centre=2010.0, unit=10.0)),
    ]


def test_all_faults_of_covariates_are_named_with_their_rows(tmp_path: Path) -> None:
    place = tmp_path / "settings.toml"
    place.write_text("[covariates]\nyaer = { centre = 2010 }\nyear = { unit = 0 }\nbaseline_pain = 6\n")
    with pytest.raises(SettingsFaults) as refused:
        load_settings(place)
    told = str(refused.value)
    for part in ("row 2", "Did you mean 'year'?", "It has no centre.", "0 stands there.", "It is no table."):
        assert part in told


def test_covariates_of_a_run_are_read_back_from_its_record() -> None:
    settings = Settings.from_preset("quick", covariates={"year": {"centre": 2010, "unit": 10}})
    assert recorded_settings(settings.as_json()) == settings
    assert recorded_settings(settings.as_json()).covariates == settings.covariates


def test_covariates_that_are_no_table_are_refused() -> None:
    with pytest.raises(SettingsFaults, match="no table of covariates"):
        Settings.from_preset("quick", covariates=["year"])
