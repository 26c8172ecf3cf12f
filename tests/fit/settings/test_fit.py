"""Claims about settings."""

import pytest

from windup.fit.errors import SettingsError
from windup.fit.problem.build import model_named
from windup.fit.settings.fit import MODELS, PRESETS, Settings, until_of
from windup.fit.settings.until_converged import UntilConverged


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_settings_with_its_numbers(preset: str) -> None:
    settings = Settings.from_preset(preset)
    assert {name: getattr(settings, name) for name in PRESETS[preset]} == PRESETS[preset]


def test_full_preset_has_four_chains_and_quick_two() -> None:
    assert (PRESETS["full"]["chains"], PRESETS["quick"]["chains"]) == (4, 2)


def test_override_replaces_the_number_of_the_preset() -> None:
    assert Settings.from_preset("quick", draws=321).draws == 321


def test_only_the_quick_preset_is_unfit_for_conclusions() -> None:
    assert {name: Settings.from_preset(name).for_conclusions for name in PRESETS} == {
        "full": True,
        "quick": False,
    }


def test_unknown_setting_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError, match=r"'warmpu'.*'warmup'"):
        Settings.from_preset("full", warmpu=3)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_that_can_be_named_can_be_made(name: str) -> None:
    assert model_named(name).name == name


def test_unknown_model_is_refused_with_all_names() -> None:
    with pytest.raises(SettingsError, match=r"'cascad'.*Did you mean 'cascade'.*" + ", ".join(MODELS)):
        Settings.from_preset("full", model="cascad")


def test_unknown_preset_is_refused_with_all_names() -> None:
    with pytest.raises(SettingsError, match=r"'slow'.*full, quick"):
        Settings.from_preset("slow")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chains", 1),
        ("warmup", -1),
        ("draws", 3),
        ("draws", 10.0),
        ("chains", True),
        ("seed", -1),
        ("max_tree_depth", 99),
        ("target_accept", 1.0),
        ("target_accept", float("nan")),
        ("target_accept", "high"),
        ("max_draws", 3),
        ("max_minutes", -1.0),
        ("until_converged", 1),
    ],
)
def test_value_out_of_range_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"{name} is {value!r}"):
        Settings.from_preset("full", **{name: value})


def test_settings_as_json_hold_every_field_that_makes_the_same_settings_again() -> None:
    settings = Settings.from_preset("quick", seed=7)
    values = settings.as_json()
    assert Settings.from_preset(**{**values, "out": settings.out}) == settings


@pytest.mark.parametrize(
    ("preset", "asked", "until"),
    [
        ("full", {}, UntilConverged(draws=6000)),
        ("full", {"sampler": "nuts", "max_minutes": 30.0}, UntilConverged(draws=5000, minutes=30.0)),
        # A plain number is drawn.
        ("full", {"draws": 1000}, None),
        ("full", {"draws": 1000, "until_converged": True}, UntilConverged(draws=6000)),
        ("full", {"until_converged": False}, None),
        ("full", {"sampler": "laplace"}, None),
        ("quick", {}, None),
        ("quick", {"until_converged": True, "max_draws": 500}, UntilConverged(draws=500)),
    ],
)
def test_full_fit_goes_on_until_convergence_unless_a_number_is_given(
    preset: str, asked: dict[str, object], until: UntilConverged | None
) -> None:
    assert until_of(Settings.from_preset(preset, **asked)) == until
