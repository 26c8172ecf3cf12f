"""Names of the files of an export."""

from __future__ import annotations

MODEL, PROBLEM, README = "model.xml", "problem.yaml", "README.md"
TABLES = ("conditions", "experiments", "measurements", "observables", "parameters")
"""Tables of a problem of PEtab by name; each is a file of that name."""

FILES = (MODEL, *(f"{name}.tsv" for name in TABLES), PROBLEM, README)
"""All files."""
