"""Claims about settings that are read back from a run."""

from windup.datasets import DEFAULT_BLOCKS
from windup.fit import Settings
from windup.fit.settings.recorded import recorded_settings


def test_settings_come_back_as_they_were_recorded() -> None:
    settings = Settings.from_preset("quick", model="turnover", errors="student_t", blocks=("instruments",))
    assert recorded_settings(settings.as_json()) == settings


def test_a_run_from_before_a_choice_keeps_what_it_did() -> None:
    record = Settings.from_preset("full").as_json()
    for name in ("errors", "unknown_doses", "habitual_magnesium", "blocks"):
        del record[name]
    read = recorded_settings(record)
    assert (read.errors, read.unknown_doses, read.habitual_magnesium, read.blocks) == (
        "student_t",
        "reference",
        "from_serum",
        (),
    )


def test_a_new_fit_has_every_block() -> None:
    assert Settings.from_preset("full").blocks == DEFAULT_BLOCKS != ()


def test_a_key_of_a_later_version_is_passed_over() -> None:
    assert recorded_settings(Settings.from_preset("full").as_json() | {"later": 1}) == Settings.from_preset(
        "full"
    )
