"""Claims about pain of attacks and menses: which rows a fit takes, how they are read, and who is ill."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import BLOCKS, EPISODES, LINKED_KINDS, DataFaults, load_trials, packaged_trials
from windup.fit.design.build import build_design
from windup.fit.problem.instrument_link import Links, log_odds
from windup.fit.problem.observation import expect
from windup.fit.problem.priors import link_priors
from windup.fit.sampling.target.middles import base_of

from ....datasets.tiny import tiny_tables, write_tables
from ...designs import course_of, nuisance_of, tables_of

MIGRAINE = {"condition": "migraine"}
DAYS = {"outcome": "attack_frequency", "scale": "headache_days_per_28", "value": "7", "sd": "5"}


def test_days_with_headache_are_used_only_with_the_block(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_of(DAYS | {"used": ""}, "active", "other", study=MIGRAINE))
    on, off = (load_trials(folder, blocks=blocks).observations for blocks in ((EPISODES,), ()))
    assert on["used"].all()
    assert set(on["kind"]) == {"instrument_mean"}
    assert not off["used"].any()
    assert set(off["reason"]) == {"episodic pain, not a weekly mean"}


def test_pain_on_0_10_in_an_episodic_condition_is_left_out(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_of({"used": ""}, "active", "other", study=MIGRAINE))
    rows = load_trials(folder).observations
    assert set(rows["reason"]) == {"episodic pain, not a weekly mean"}


def test_pain_on_0_10_that_a_table_uses_in_an_episodic_condition_is_an_error(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_of({"used": "yes"}, "active", study=MIGRAINE))
    with pytest.raises(DataFaults, match="'NRS_0_10' is not a weekly mean"):
        load_trials(folder)


def test_seven_of_28_days_are_two_and_a_half_tenths(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_of(DAYS, "active", study=MIGRAINE))
    np.testing.assert_allclose(load_trials(folder).observations["estimate"], 2.5)


def test_days_are_read_from_pain_by_their_link(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_of(DAYS, "active", "other", study=MIGRAINE))
    design = build_design(load_trials(folder))
    of_days, ones = design.links.index("headache_days"), jnp.ones(len(design.links))
    links = Links((-1.5 * ones).at[of_days].set(-1.0), ones.at[of_days].set(0.7), 0.0 * ones)
    expected = expect(
        design, course_of(design, 5.0), nuisance_of(design, placebo_response=0.0)._replace(links=links)
    )
    wanted = 10.0 / (1.0 + np.exp(1.0 - 0.7 * float(log_odds(jnp.asarray(5.0))[0])))
    np.testing.assert_allclose(expected.mean, wanted, rtol=1e-9)


def test_patients_with_attacks_respond_to_placebo_and_those_of_magnesium_alone_do_not(tmp_path: Path) -> None:
    tables = tiny_tables()
    for study in tables["studies.csv"]:
        study["condition"] = "migraine"
    changed = DAYS | dict.fromkeys(("reference_arm", "low", "high", "interval"), "")
    tables["observations.csv"][:3] = [row | changed for row in tables["observations.csv"][:3]]
    design = build_design(load_trials(write_tables(tmp_path, tables)))
    study = np.array(design.studies)[design.schedule.study[design.visits.arm]]
    assert design.visits.ill[np.isin(study, ["alpha", "beta"])].all()
    assert not design.visits.ill[study == "gamma"].any()


def test_links_of_the_catalogue_have_its_priors() -> None:
    catalogue = packaged_trials().catalogue
    priors = link_priors(catalogue)
    at = catalogue.links.index("headache_days")
    assert float(base_of(priors["instrument_shift"]).loc[at]) == -1.5
    assert float(base_of(priors["instrument_shift"]).scale[at]) == 1.0
    assert float(base_of(priors["instrument_slope"]).scale[at]) == 0.4
    other = catalogue.links.index("womac_pain")
    assert float(base_of(priors["instrument_shift"]).loc[other]) == 0.0
    assert float(base_of(priors["instrument_shift"]).scale[other]) == 0.5


def test_the_block_takes_so_many_packaged_rows_and_studies() -> None:
    without = tuple(name for name in BLOCKS if name != EPISODES)
    on, off = (packaged_trials(blocks=blocks).observations for blocks in (tuple(BLOCKS), without))
    gained = on[on["used"] & ~off["used"]]
    assert (len(gained), gained["study_id"].nunique()) == (107, 25)
    assert gained["kind"].isin(LINKED_KINDS).all()
