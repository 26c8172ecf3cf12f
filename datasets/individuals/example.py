"""A published trial with the pains of its patients, as an example of a table of patients."""

from __future__ import annotations

from importlib import resources

_FILES = ("patients.csv", "arms.csv", "SOURCE.txt")


def example_patient_files() -> dict[str, str]:
    """Text of the example, by name of file: patients, arms, and where they come from.

    ``patients.csv`` has the pains of 122 people with painful HIV neuropathy who received amitriptyline and
    placebo for six weeks each, in random order: the pain at the start of each period and after 3 and 6
    weeks, 0-10 (Dinat 2015, doi:10.1371/journal.pone.0126297; data by P. Kamerman, CC BY 4.0).
    ``SOURCE.txt`` says where it was read, and what was changed.

    Examples
    --------
    >>> sorted(example_patient_files())
    ['SOURCE.txt', 'arms.csv', 'patients.csv']
    """
    folder = resources.files("windup.datasets.individuals") / "example"
    return {name: (folder / name).read_text(encoding="utf-8") for name in _FILES}
