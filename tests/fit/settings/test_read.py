"""Claims about files of settings: what `windup init` writes, and how they are read."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from windup.datasets import packaged_catalogue
from windup.fit import Prior, Settings, SettingsFaults, load_settings
from windup.fit.problem.build import model_named
from windup.fit.problem.choices import chosen_priors
from windup.fit.settings.fit import MODELS, PRESETS
from windup.fit.settings.keys import KEYS, TABLES
from windup.fit.settings.read import faults_in
from windup.fit.settings.samplers import SAMPLERS
from windup.fit.settings.template import settings_toml


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(SettingsFaults) as raised:
        load_settings(written(folder, text))
    return [(fault.row, fault.key) for fault in raised.value.faults]


def without_comment_signs(text: str) -> str:
    """The same with every setting in force."""
    lines = (line.removeprefix("# ") for line in text.splitlines())
    return "\n".join(line for line in lines if line.partition(" = ")[0] in KEYS)


def test_keys_are_the_fields_of_settings() -> None:
    assert {*KEYS, *TABLES} == {field.name for field in dataclasses.fields(Settings)}


def test_file_as_written_gives_the_defaults(tmp_path: Path) -> None:
    found = load_settings(written(tmp_path, settings_toml("settings.toml")))
    default = Settings.from_preset()
    assert found == dataclasses.replace(default, out=tmp_path / default.out)


def test_file_as_written_with_every_setting_in_force_gives_the_defaults(tmp_path: Path) -> None:
    text = without_comment_signs(settings_toml("settings.toml"))
    assert set(tomllib.loads(text)) == set(KEYS)
    found = load_settings(written(tmp_path, text))
    default = Settings.from_preset()
    data, out = tmp_path / "my_trials", tmp_path / default.out
    assert found == dataclasses.replace(default, data=data, out=out)


def test_file_explains_every_key_and_every_word() -> None:
    text = settings_toml("settings.toml").replace("\n# ", " ")
    for key in KEYS.values():
        assert key.meaning in text
        assert all(f'"{word}"' in text and meaning in text for word, meaning in key.words.items())


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("preset", PRESETS)
def test_what_the_file_leaves_out_is_as_the_preset_has_it(tmp_path: Path, preset: str, sampler: str) -> None:
    text = f'preset = "{preset}"\nsampler = "{sampler}"\n'
    assert load_settings(written(tmp_path, text)) == Settings.from_preset(preset, sampler=sampler)


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    found = load_settings(written(tmp_path, f'data = "mine"\nout = "{tmp_path / "a"}"\n'))
    assert (found.data, found.out) == (tmp_path / "mine", tmp_path / "a")


def test_overrides_win_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "chains = 6\nseed = 3\n")
    found = load_settings(path, chains=8, preset="quick")
    assert (found.chains, found.seed, found.draws) == (8, 3, PRESETS["quick"]["draws"])


def test_all_faults_of_a_file_are_told_at_once_with_row_and_key(tmp_path: Path) -> None:
    text = """\
model = "cascad"
preset = 3
"chains" = 1

warmup = 2.5  # half
drws = 10
target_accept = 1.0
out = ""
seed = -1
"""
    assert faults_of(tmp_path, text) == [
        (1, "model"),
        (2, "preset"),
        (3, "chains"),
        (5, "warmup"),
        (6, "drws"),
        (7, "target_accept"),
        (8, "out"),
        (9, "seed"),
    ]


def test_misspelt_key_and_word_are_answered_with_the_nearest_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsFaults, match=r"Did you mean 'turnover'\?(.|\n)*Did you mean 'draws'"):
        load_settings(written(tmp_path, 'model = "turnovr"\ndrws = 3\n'))


def test_table_in_place_of_a_value_is_one_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "chains = 4\n[seed]\nvalue = 3\n") == [(2, "seed")]


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsFaults) as raised:
        load_settings(tmp_path / name)
    assert [(fault.row, fault.key) for fault in raised.value.faults] == [(0, "")]


CHOICES = """\
seed = 3
fixed = { placebo_time = 14 }

[priors.receptor_activity]
location = 0.8
scale = 0.5

[priors."log_patient_sd[mean]"]
family = "normal"
location = 0.7
"""


def test_priors_and_fixed_values_of_a_file_are_those_of_the_settings(tmp_path: Path) -> None:
    found = load_settings(written(tmp_path, CHOICES))
    assert found.fixed == {"placebo_time": 14.0}
    assert found.priors == {
        "receptor_activity": Prior(location=0.8, scale=0.5),
        "log_patient_sd[mean]": Prior(family="normal", location=0.7),
    }
    assert found == Settings.from_preset(**found.as_json() | {"out": found.out})


def test_example_of_a_written_file_is_one_that_a_fit_can_use(tmp_path: Path) -> None:
    text = settings_toml("settings.toml")
    lines = (line.removeprefix("# ") for line in text[text.index("# [priors.") :].splitlines())
    example = "\n".join(line for line in lines if line.startswith("[") or " = " in line)
    found = load_settings(written(tmp_path, example))
    assert len(found.priors) == 2
    assert len(found.fixed) == 1
    assert list(found.covariates) == ["year"]
    for model in MODELS:
        chosen_priors(model_named(model), packaged_catalogue(), found.priors, found.fixed)


def test_all_faults_of_the_tables_are_named_with_their_lines(tmp_path: Path) -> None:
    text = """\
chains = 1
[priors.burden_time]
family = "lognorml"
scale = 0
mean = 3
[priors.misfit]
[priors]
other = 2
[fixed]
burden_time = 10
x = true
y = 1e9
"""
    assert faults_of(tmp_path, text) == [
        (1, "chains"),
        (3, "priors.burden_time.family"),
        (4, "priors.burden_time.scale"),
        (5, "priors.burden_time.mean"),
        (6, "priors.misfit"),
        (8, "priors.other"),
        (10, "fixed.burden_time"),
        (11, "fixed.x"),
        (12, "fixed.y"),
    ]


def test_faults_that_the_model_shows_have_the_lines_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[fixed]\nplacebo_time = -1\nrelief_tme = 2\n[priors.a]\nscale = 1\n")
    settings = load_settings(path)
    with pytest.raises(SettingsFaults) as raised, faults_in(path):
        chosen_priors(model_named("time_course"), packaged_catalogue(), settings.priors, settings.fixed)
    found = [(fault.file, fault.row, fault.key) for fault in raised.value.faults]
    assert found == [
        ("settings.toml", 2, "fixed.placebo_time"),
        ("settings.toml", 3, "fixed.relief_tme"),
        ("settings.toml", 4, "priors.a"),
    ]


def test_settings_made_in_python_are_refused_in_the_same_words() -> None:
    with pytest.raises(SettingsFaults, match=r"fixed\.placebo_time: 'x' is no number") as raised:
        Settings.from_preset(fixed={"placebo_time": "x"}, priors={"misfit": {"scal": 1.0}})
    assert len(raised.value.faults) == 2
