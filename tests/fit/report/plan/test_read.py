"""Claims about files of analysis plans: every fault is found at once, and the hash is that of the bytes."""

import datetime
import hashlib
from pathlib import Path

import pytest

from windup.fit import PlanFaults, Settings, load_analysis_plan
from windup.fit.report.plan.plan import TEXTS
from windup.fit.report.plan.template import plan_toml

from .plans import plan_text, written

DIGEST = "0" * 64
SETTINGS = Settings.from_preset()


def faults_of(path: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(PlanFaults) as raised:
        load_analysis_plan(path, today=datetime.date(2025, 12, 31))
    return [(fault.file, fault.row, fault.key) for fault in raised.value.faults]


def message_of(path: Path) -> str:
    with pytest.raises(PlanFaults) as raised:
        load_analysis_plan(path, today=datetime.date(2025, 12, 31))
    return str(raised.value)


def test_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, plan_text(SETTINGS, DIGEST))
    first = load_analysis_plan(path).sha256
    assert first == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"# a comment\n")
    assert load_analysis_plan(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != first


def test_settings_of_a_plan_are_those_of_its_table(tmp_path: Path) -> None:
    asked = Settings.from_preset("quick", model="turnover", seed=7)
    found = load_analysis_plan(written(tmp_path, plan_text(asked, DIGEST))).settings
    assert found == Settings.from_preset("quick", model="turnover", seed=7)


def test_all_faults_are_found_at_once_with_their_rows(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""\
titel = "x"
date = 2026-01-01
question_of_interest = " "
context_of_use = "x"
model_influence = "x"
decision_consequence = "x"
data_sha256 = "{DIGEST[1:]}"
analyses = ["scores"]
[settings]
model = "cascad"
[[limit]]
quantity = "summary.max_rhatt"
why = "x"
[[limit]]
quantity = "summary.max_rhat"
at_least = 2
at_most = 1
whi = "x"
""",
    )
    assert faults_of(path) == [
        ("plan.toml", 0, "title"),
        ("plan.toml", 1, "titel"),
        ("plan.toml", 2, "date"),
        ("plan.toml", 3, "question_of_interest"),
        ("plan.toml", 7, "data_sha256"),
        ("plan.toml", 8, "analyses 1"),
        ("plan.toml", 10, "settings.model"),
        ("plan.toml", 11, "limit 1"),
        ("plan.toml", 12, "limit 1, quantity"),
        ("plan.toml", 14, "limit 2, why"),
        ("plan.toml", 16, "limit 2, at_least"),
        ("plan.toml", 18, "limit 2, whi"),
    ]


@pytest.mark.parametrize(
    ("quantity", "answer"),
    [
        ("summary.max_rhatt", "Did you mean 'max_rhat'?"),
        ("scor.crps", "Did you mean 'score'?"),
        ("summary.solver", "Add one of: draws"),
        ("summary.max_rhat.mean", "is a number; end the path there."),
        ("summary.loop_gains[total.median", "is no path."),
    ],
)
def test_path_that_no_result_can_have_is_answered_with_what_exists(
    tmp_path: Path, quantity: str, answer: str
) -> None:
    limit = {"quantity": quantity, "at_most": 1, "why": "x"}
    assert answer in message_of(written(tmp_path, plan_text(SETTINGS, DIGEST, limit)))


@pytest.mark.parametrize("date", ["2025-13-01", "tomorrow", "2026-01-01"])
def test_date_that_is_no_day_or_lies_in_the_future_is_refused(tmp_path: Path, date: str) -> None:
    assert [key for *_, key in faults_of(written(tmp_path, plan_text(SETTINGS, DIGEST, date=date)))] == [
        "date"
    ]


def test_settings_file_that_changed_after_the_plan_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("seed = 3\n", encoding="utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    head = plan_text(SETTINGS, DIGEST).partition("[settings]")[0]
    limit = '[[limit]]\nquantity = "summary.max_rhat"\nat_most = 1.1\nwhy = "x"\n'
    plan = written(tmp_path, f'{head}settings = "settings.toml"\nsettings_sha256 = "{digest}"\n{limit}')
    assert load_analysis_plan(plan).settings.seed == 3
    file.write_text("seed = 4\n", encoding="utf-8")
    assert [key for *_, key in faults_of(plan)] == ["settings_sha256"]


def test_plan_as_written_asks_for_nothing_but_its_texts(tmp_path: Path) -> None:
    today = datetime.date(2025, 12, 1)
    text = plan_toml("plan.toml", SETTINGS, data_sha256=DIGEST, today=today)
    path = written(tmp_path, text)
    assert [key for *_, key in faults_of(path)] == list(TEXTS)
    path.write_text(text.replace('= ""', '= "x"'), encoding="utf-8")
    assert load_analysis_plan(path, today=today).data_sha256 == DIGEST


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    assert [(row, key) for _, row, key in faults_of(tmp_path / name)] == [(0, "")]
