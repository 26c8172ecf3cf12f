"""Claims about the ledger of the source texts."""

import pandas as pd
import pytest

from windup.fit.analyses.claims.catalogue.ledger import ledger_table, packaged_ledger
from windup.fit.analyses.claims.catalogue.sites import site_claims
from windup.fit.analyses.claims.page import claims_page
from windup.fit.analyses.claims.table import all_claims
from windup.fit.display.blocks import markdown
from windup.models import Cascade

LITERATURE = {
    "supports",
    "qualifies",
    "mixed",
    "contradicts",
    "unproven",
    "no evidence found",
    "not checked",
}


def test_every_claim_of_the_texts_is_judged_by_a_number_or_has_the_reason_why_not() -> None:
    judged = {name for claim in all_claims() for name in claim.ledger}
    ledger = packaged_ledger().set_index("id")
    assert list(ledger.index) == [f"M{number}" for number in range(1, 52)]
    assert judged <= set(ledger.index)
    without = set(ledger.index[ledger["no_number"] != ""])
    assert judged.isdisjoint(without)
    assert judged | without == set(ledger.index)


def test_literature_is_told_in_few_words_and_sources_are_addresses() -> None:
    ledger = packaged_ledger()
    assert set(ledger["literature"]) <= LITERATURE
    assert (ledger["source"].str.startswith(("http", "https")) | (ledger["source"] == "")).all()


def test_claims_about_sites_and_parts_name_parameters_of_the_cascade() -> None:
    known = {each.name for each in Cascade().parameters()}
    for claim in site_claims():
        assert set(claim.parameters) <= known, claim.name
        assert claim.cascade_only


def test_verdicts_stand_next_to_the_claims_that_they_are_of() -> None:
    judged = [
        {"claim": "one", "ledger": "M5 M6", "verdict": "undecided"},
        {"claim": "two", "ledger": "M6", "verdict": "supported"},
    ]
    table = ledger_table(judged).set_index("id")
    assert (table.loc["M5", "judged_by"], table.loc["M5", "verdicts"]) == ("one", "undecided")
    assert (table.loc["M6", "judged_by"], table.loc["M6", "verdicts"]) == ("one; two", "undecided; supported")
    assert table.loc["M45", "no_number"] != ""


@pytest.mark.parametrize(
    ("name", "shown"), [("M6", "one: undecided"), ("M45", "About food"), ("M1", "no number")]
)
def test_page_has_a_line_for_every_claim_of_the_texts(name: str, shown: str) -> None:
    ledger = ledger_table([{"claim": "one", "ledger": "M6", "verdict": "undecided"}])
    record = {"claims": [], "ledger": ledger.to_dict("records"), "model": "cascade", "notices": []}
    page = markdown(claims_page({**record, "draws": 1, "prior_draws": 1, "statement": ""}))
    line = next(each for each in page.splitlines() if each.startswith(f"| {name}. "))
    assert shown in line
    assert pd.Series(page.splitlines()).str.startswith("| M").sum() == 51
