"""Claims about addresses in text."""

from windup.fit.report.document.elements import Link
from windup.fit.report.document.links import linked


def test_addresses_in_text_are_found_and_nothing_of_it_is_lost() -> None:
    text = "See https://a.org/x_(y), doi:10.1000/ab(c)d; pmid:12 (NCT01234567) javascript:1 PMC123456."
    parts = linked(text)
    assert "".join(part.text if isinstance(part, Link) else part for part in parts) == text
    assert [part.address for part in parts if isinstance(part, Link)] == [
        "https://a.org/x_(y)",
        "https://doi.org/10.1000/ab(c)d",
        "https://pubmed.ncbi.nlm.nih.gov/12/",
        "https://clinicaltrials.gov/study/NCT01234567",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC123456",
    ]
