"""Claims about pain on other instruments: the link with 0-10, its linearisation, and what rows share."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import INSTRUMENTS, load_trials
from windup.fit.design.arrays import Design, observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.build import build_design
from windup.fit.design.errors.row_errors import INSTRUMENT_CORRELATION
from windup.fit.errors import SettingsError
from windup.fit.problem.build import build_problem, model_named, refuse_unread_choices
from windup.fit.problem.choices import chosen_priors
from windup.fit.problem.errors.components import components, prior_of
from windup.fit.problem.instrument_link import Links, log_odds, read_on
from windup.fit.problem.observation import Nuisance, covariance, expect, joint, marginal
from windup.fit.settings.priors import Prior

from ....datasets.tiny import Tables, write_tables
from ...designs import course_of, nuisance_of, tables_of

BLOCKS = (INSTRUMENTS,)
WOMAC = {"scale": "WOMAC_pain_0_20", "value": "9", "sd": "4"}
SAME_ON_0_10 = {"scale": "NRS_0_10", "value": "4.5", "sd": "2"}


def design_with(folder: Path, tables: Tables) -> Design:
    folder.mkdir()
    return build_design(load_trials(write_tables(folder, tables), blocks=BLOCKS))


def linked(design: Design, shift: float = 0.0, slope: float = 1.0, spread: float = 0.0) -> Nuisance:
    ones = jnp.ones(len(design.links))
    return nuisance_of(design, drugs=1)._replace(links=Links(shift * ones, slope * ones, spread * ones))


def parts_of(design: Design, nuisance: Nuisance, pain: float = 5.0):  # type: ignore[no-untyped-def]
    expected = expect(design, course_of(design, pain), nuisance)
    (bucket,) = build_buckets(design)
    index = np.zeros((1, design.visits.drug_load.shape[1]), int)
    return joint(design, observed_in(design), bucket, expected, nuisance, index), bucket


def errors_of(design: Design, pain: float) -> np.ndarray:
    """SDs of rows at this pain, without response to placebo: of sampling, and what nothing else explains."""
    nuisance = linked(design)._replace(placebo_response=jnp.zeros(1))
    expected = expect(design, course_of(design, pain), nuisance)
    return np.sqrt(np.stack([expected.variance, expected.misfit]))


def dense(design: Design, nuisance: Nuisance) -> np.ndarray:
    """Covariance of the rows of the one study of a design, its effects integrated out."""
    parts, bucket = parts_of(design, nuisance)
    present = bucket.present[0]
    return np.asarray(covariance(parts))[0][np.ix_(present, present)]


def both_instruments(*, change: bool = False) -> Tables:
    """One arm with a baseline and an endpoint row on 0-10 and on WOMAC pain."""
    tables = tables_of(SAME_ON_0_10, "active")
    more = [dict(row) | WOMAC | {"row_id": row["row_id"] + "w"} for row in tables["observations.csv"]]
    if change:
        more[1] |= {"outcome": "pain_intensity_change", "value": "-3"}
    tables["observations.csv"] += more
    return tables


def test_link_has_its_closed_form_in_the_middle_of_the_scale() -> None:
    pain = np.linspace(2.0, 8.0, 13)
    links = Links(jnp.asarray([0.3]), jnp.asarray([1.4]), jnp.asarray([0.0]))
    value = read_on(np.array([0]), jnp.asarray(pain)[None], links).value[0]
    odds = 0.3 + 1.4 * np.log(pain / (10.0 - pain))
    np.testing.assert_allclose(value, 10.0 / (1.0 + np.exp(-odds)), atol=2e-4)


@pytest.mark.parametrize("pain", [-2.0, -0.3, 0.0, 0.4, 3.0, 7.0, 9.9, 10.0, 11.5])
def test_slopes_of_the_link_are_those_of_finite_differences(pain: float) -> None:
    def value(at: float, shift: float) -> float:
        links = Links(jnp.asarray([shift]), jnp.asarray([0.8]), jnp.asarray([0.0]))
        return float(read_on(np.array([0]), jnp.asarray([[at]]), links).value[0, 0])

    links = Links(jnp.asarray([-0.4]), jnp.asarray([0.8]), jnp.asarray([0.0]))
    reading = read_on(np.array([0]), jnp.asarray([[pain]]), links)
    step = 1e-4
    by_pain = (value(pain + step, -0.4) - value(pain - step, -0.4)) / (2 * step)
    by_shift = (value(pain, -0.4 + step) - value(pain, -0.4 - step)) / (2 * step)
    np.testing.assert_allclose(reading.slope[0, 0], by_pain, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(reading.deviation[0, 0], by_shift, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("pain", [-4.0, 14.0, 40.0])
def test_errors_of_pain_beyond_an_end_of_an_instrument_do_not_vanish(tmp_path: Path, pain: float) -> None:
    design = design_with(tmp_path / "beyond", tables_of(WOMAC | {"sd": ""}, "active"))
    np.testing.assert_allclose(errors_of(design, pain), 0.1 * errors_of(design, 5.0), rtol=0.01)


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.5])
def test_errors_within_an_instrument_are_read_by_its_slope(slope: float) -> None:
    links = Links(jnp.asarray([0.3]), jnp.asarray([slope]), jnp.asarray([0.0]))
    reading = read_on(np.array([0]), jnp.linspace(1.0, 9.0, 17)[None], links)
    assert np.ptp(np.asarray(reading.slope)) > 0.1
    np.testing.assert_allclose(reading.of_errors, reading.slope, rtol=1e-5)


def test_a_row_far_from_pain_beyond_an_end_has_a_density_that_rounding_does_not_decide(
    tmp_path: Path,
) -> None:
    # Without a printed SD all errors are read by the slope. Every step of pain changes what is rounded.
    design = design_with(tmp_path / "far", tables_of(WOMAC | {"sd": ""}, "active"))
    seen = []
    for pain in np.linspace(14.0, 14.5, 26):
        parts, bucket = parts_of(design, linked(design, slope=1.2), pain)
        prior = prior_of(
            bucket.present,
            9.0 * jnp.ones(bucket.row.shape),
            wide_factor=3.0,
            wide_weight=0.1,
            suspect_share=0.1,
        )
        seen.append(float(components(parts, prior).log_density[0]))
    assert np.abs(np.diff(seen)).max() < 1.0


def test_pain_beyond_an_end_has_finite_log_odds_that_rise() -> None:
    pain = jnp.linspace(-8.0, 18.0, 261)
    odds, slope = log_odds(pain)
    assert np.isfinite(odds).all()
    assert (np.diff(odds) > 0.0).all()
    assert (np.asarray(slope) > 0.0).all()
    assert np.isfinite(jax.grad(lambda p: log_odds(p)[1].sum())(pain)).all()


@pytest.mark.parametrize("last", ["mean", "change"])
def test_a_link_of_no_shift_and_slope_1_gives_the_density_of_the_rows_on_0_10(
    tmp_path: Path, last: str
) -> None:
    densities = {}
    for name, cells in (("womac", WOMAC), ("nrs", SAME_ON_0_10)):
        tables = tables_of(cells, "active", "other")
        if last == "change":
            for row in tables["observations.csv"][1::2]:
                row |= {"outcome": "pain_intensity_change", "value": "-3" if name == "womac" else "-1.5"}
        design = design_with(tmp_path / name, tables)
        nuisance = linked(design) if name == "womac" else nuisance_of(design, drugs=1)
        parts, _ = parts_of(design, nuisance)
        densities[name] = marginal(parts, nuisance.degrees_of_freedom).log_density
    np.testing.assert_allclose(densities["womac"], densities["nrs"], rtol=1e-9)


def test_a_contrast_on_an_instrument_is_the_difference_of_its_arms_there(tmp_path: Path) -> None:
    tables = tables_of(WOMAC, "active", "placebo")
    tables["observations.csv"] = [
        row | {"outcome": "difference_vs_placebo", "reference_arm": "placebo", "value": "-2"}
        for row in tables["observations.csv"]
        if row["arm_id"] == "active" and row["time_weeks"] == "8"
    ]
    design = design_with(tmp_path / "contrast", tables)
    course = course_of(design)
    course = course._replace(pain=jnp.where(design.visits.arm == design.visits.arm[0], 4.0, 6.0))
    nuisance = linked(design, shift=0.2, slope=1.3)
    expected = expect(design, course, nuisance._replace(placebo_response=jnp.zeros(1)))

    def link(pain: float) -> float:
        return float(10.0 / (1.0 + np.exp(-(0.2 + 1.3 * np.log(pain / (10.0 - pain))))))

    assert design.rows.kind == ("instrument_contrast",)
    np.testing.assert_allclose(expected.mean, [link(4.0) - link(6.0)], rtol=1e-5)


def test_loads_of_a_row_on_an_instrument_are_those_of_finite_differences(tmp_path: Path) -> None:
    design = design_with(tmp_path / "loads", tables_of(WOMAC, "active"))
    nuisance, step = linked(design, shift=-0.5, slope=1.2), 1e-4
    loads = expect(design, course_of(design), nuisance).loads

    def mean(response: float) -> np.ndarray:
        moved = nuisance._replace(placebo_response=jnp.full(1, response))
        return np.asarray(expect(design, course_of(design), moved).mean)

    slope = (mean(1.2 + step) - mean(1.2 - step)) / (2 * step)
    np.testing.assert_allclose(loads[:, 0], slope, rtol=1e-5, atol=1e-9)


def test_a_reversed_instrument_gives_the_density_of_its_turned_rows(tmp_path: Path) -> None:
    densities = []
    for name, cells in (
        ("as_printed", {"scale": "KOOS_pain_0_100", "value": "55", "sd": "18"}),
        ("turned", {"scale": "KOOS_pain_0_100_reversed", "value": "45", "sd": "18"}),
    ):
        design = design_with(tmp_path / name, tables_of(cells, "active"))
        parts, _ = parts_of(design, linked(design, 0.3, 0.9, 0.2))
        densities.append(float(marginal(parts, jnp.asarray(5.0)).log_density[0]))
    assert densities[0] == pytest.approx(densities[1], rel=1e-12)


def test_deviation_of_a_study_is_one_for_all_its_rows_on_an_instrument(tmp_path: Path) -> None:
    design = design_with(tmp_path / "both", both_instruments())
    added = dense(design, linked(design, 0.2, 1.1, 0.3)) - dense(design, linked(design, 0.2, 1.1, 0.0))
    pain = 5.0 - 1.2 * -np.expm1(-np.array([0.0, 56.0]) / 14.0)
    share = 1.0 / (1.0 + np.exp(-(0.2 + 1.1 * np.log(pain / (10.0 - pain)))))
    shared = 0.3 * 10.0 * share * (1.0 - share)
    wanted = np.zeros((4, 4))
    wanted[2:, 2:] = np.outer(shared, shared)
    np.testing.assert_allclose(added, wanted, rtol=1e-4, atol=1e-12)


def test_errors_of_two_instruments_at_one_visit_correlate_by_the_stated_number(tmp_path: Path) -> None:
    design = design_with(tmp_path / "both", both_instruments())
    parts, bucket = parts_of(design, linked(design)._replace(misfit=jnp.asarray(0.0)))
    error = np.asarray(parts.error)[0]
    correlation = error / np.sqrt(np.outer(np.diag(error), np.diag(error)))
    assert bucket.present[0].sum() == 4
    np.testing.assert_allclose(correlation[[0, 1], [2, 3]], INSTRUMENT_CORRELATION, rtol=1e-12)
    np.testing.assert_allclose(correlation[[0, 1], [3, 2]], 0.6 * INSTRUMENT_CORRELATION, rtol=1e-12)


@pytest.mark.parametrize("change", [False, True])
def test_covariance_of_rows_on_two_instruments_is_positive_definite(tmp_path: Path, change: bool) -> None:
    design = design_with(tmp_path / "both", both_instruments(change=change))
    parts, bucket = parts_of(design, linked(design))
    present = bucket.present[0]
    assert np.linalg.eigvalsh(np.asarray(parts.error)[0][np.ix_(present, present)]).min() > 0.0


def test_both_instruments_of_a_visit_are_used_with_the_block_and_one_without(tmp_path: Path) -> None:
    tables = both_instruments()
    for row in tables["observations.csv"]:
        row["used"] = ""
    folder = write_tables(tmp_path, tables)
    assert load_trials(folder, blocks=BLOCKS).observations["used"].sum() == 4
    without = load_trials(folder, blocks=()).observations
    assert list(without["used"]) == [True, True, False, False]
    assert set(without["reason"]) == {"", "another instrument with a stated range"}


def test_two_ranges_of_one_instrument_say_one_fact_once(tmp_path: Path) -> None:
    tables = tables_of({**WOMAC, "used": ""}, "active")
    tables["observations.csv"] += [
        dict(row) | {"scale": "WOMAC_pain_0_100", "value": "45", "sd": "20", "row_id": row["row_id"] + "w"}
        for row in tables["observations.csv"]
    ]
    rows = load_trials(write_tables(tmp_path, tables), blocks=BLOCKS).observations
    assert rows["used"].sum() == 2
    assert set(rows.loc[~rows["used"], "reason"]) == {"duplicates another row"}


def test_reported_sds_of_an_instrument_say_nothing_of_the_classes_of_0_10(tmp_path: Path) -> None:
    design = design_with(tmp_path / "sds", tables_of(WOMAC, "active"))
    assert len(design.dispersions.reported_log) == 0
    assert len(design.dispersions.missing_label) == 0


def test_a_missing_sd_of_an_instrument_is_that_of_0_10_times_the_slope(tmp_path: Path) -> None:
    design = design_with(tmp_path / "none", tables_of({**WOMAC, "sd": ""}, "active"))
    nuisance = linked(design, slope=1.5)
    expected = expect(design, course_of(design, 5.0), nuisance)
    assert design.dispersions.missing_label == ("alpha/mean/WOMAC_pain_0_20",)
    # At baseline pain is 5 of 10, where the link is as steep as its slope.
    np.testing.assert_allclose(expected.variance[0], (1.5 * 2.5) ** 2 / design.rows.n[0], rtol=1e-9)


def test_an_instrument_gives_no_baseline_pain_on_0_10(tmp_path: Path) -> None:
    design = design_with(tmp_path / "baseline", tables_of(WOMAC, "active"))
    assert np.isnan(design.baseline_pain).all()
    assert design.painful.all()


def test_order_and_names_of_rows_change_no_density(tmp_path: Path) -> None:
    tables = both_instruments(change=True)
    other = {name: list(rows) for name, rows in tables.items()}
    other["observations.csv"] = [
        row | {"row_id": f"r{number}"} for number, row in enumerate(reversed(tables["observations.csv"]))
    ]
    densities = []
    for name, each in (("one", tables), ("other", other)):
        design = design_with(tmp_path / name, each)
        parts, _ = parts_of(design, linked(design, 0.3, 0.9, 0.2))
        densities.append(float(marginal(parts, jnp.asarray(5.0)).log_density[0]))
    assert densities[0] == pytest.approx(densities[1], rel=1e-10)


def test_an_instrument_of_ones_own_has_a_link_with_its_name(tmp_path: Path) -> None:
    tables = tables_of({"scale": "FACES_0_5", "value": "3", "sd": "1"}, "active")
    tables["instruments.csv"] = [
        {
            "instrument": "FACES_0_5",
            "label": "six faces",
            "quantity": "linked_pain",
            "low": "0",
            "high": "5",
            "source": "expert: a test",
        }
    ]
    design = design_with(tmp_path / "own", tables)
    assert design.links[design.rows.link[0]] == "FACES_0_5"
    np.testing.assert_allclose(design.rows.estimate, 6.0)


def test_a_prior_of_the_links_is_refused_where_no_row_reads_it(tmp_path: Path) -> None:
    trials = load_trials(write_tables(tmp_path, tables_of(SAME_ON_0_10, "active")))
    wanted = {"instrument_spread": Prior(family="lognormal", location=0.3, scale=0.5)}
    model, chosen = chosen_priors(model_named("turnover", trials.catalogue), trials.catalogue, wanted, {})
    with pytest.raises(SettingsError, match="no row reads it"):
        refuse_unread_choices(build_problem(trials, model, chosen=chosen))
    folder = tmp_path / "linked"
    folder.mkdir()
    read = load_trials(write_tables(folder, tables_of(WOMAC, "active")))
    refuse_unread_choices(build_problem(read, model, chosen=chosen))
