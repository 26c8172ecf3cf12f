"""Claims about which parameters are profiled."""

import pandas as pd
import pytest

from windup.fit.analyses.identifiability.choice import chosen_parameters, loop_parameters
from windup.fit.errors import SettingsError
from windup.fit.problem.margins import Margins, prior_margins
from windup.models import Turnover


@pytest.fixture(scope="module")
def margins() -> Margins:
    return prior_margins(Turnover())


@pytest.fixture(scope="module")
def table(margins: Margins) -> pd.DataFrame:
    """Every parameter, most contracted first."""
    return pd.DataFrame({"parameter": margins.names})


def test_parameters_most_and_least_contracted_come_first_of_drugs_and_loops_in_turns(
    margins: Margins, table: pd.DataFrame
) -> None:
    strengths = [each.name for each in margins.parameters if each.is_strength]
    loops = tuple(each.name for each in margins.parameters if not each.is_strength)
    found = chosen_parameters(table, margins, loops, 5)
    assert found == (strengths[0], loops[0], strengths[-1], loops[-1], strengths[1])


def test_more_profiles_than_there_are_parameters_are_refused_with_their_number(
    margins: Margins, table: pd.DataFrame
) -> None:
    loops = loop_parameters(Turnover(), margins)
    most = len(margins.names)
    assert set(chosen_parameters(table, margins, loops, most)) == set(margins.names)
    with pytest.raises(SettingsError, match=f"at most {most}"):
        chosen_parameters(table, margins, loops, most + 1)


def test_a_model_without_loops_has_all_of_its_mechanism_for_them(margins: Margins) -> None:
    found = loop_parameters(Turnover(), margins)
    assert found == tuple(each.name for each in margins.parameters if not each.is_strength)
