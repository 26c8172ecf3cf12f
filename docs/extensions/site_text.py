"""Parts of pages that are written while the site is built, so that no page holds a second copy of them.

A page asks for one with a comment, ``<!-- site: WHAT -->`` or ``<!-- site: WHAT OF WHICH -->``, which a
code-hosting site does not show.
"""

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from site_names import defined_in, documentation_of, public_names
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

from windup.datasets import packaged_trials
from windup.fit.analyses.claims.catalogue.ledger import ledger_table
from windup.fit.analyses.claims.page import factor_of
from windup.fit.analyses.claims.verdict import BUILT_IN, CONTRADICTED, MOSTLY_PRIOR, SUPPORTED, UNDECIDED
from windup.fit.display.format import number, probability

_DOCS = Path(__file__).parents[1]
_WANTED = re.compile(r"^<!-- site: (\w+)(?: ([\w.]+))? -->$", re.MULTILINE)
# A value is shown as far as one line goes; the words of a vocabulary stand in the data dictionary.
_VALUE = 100


def commands() -> str:
    """All commands with their options, from the help of the command line."""
    said = subprocess.run(
        [sys.executable, "-m", "typer", "windup.fit.cli.app", "utils", "docs", "--name", "windup"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # Click marks text that help must not fill by a backspace, which typer hands on.
    body = said.partition("\n")[2].replace("\b", "")
    listed, rest = body.split("\n## ", maxsplit=1)
    linked = re.sub(r"^\* `([a-z]+)`: ", r"* [`\1`](#windup-\1): ", listed, flags=re.MULTILINE)
    body = f"{linked}\n## {rest}"
    codes = re.compile(r"^Exit codes:\n(?: +\S.*\n?)+|^Exit codes: see windup --help\.$", re.MULTILINE)
    body = codes.sub("[Exit codes](exit-codes.md).\n", body)
    body = re.sub(r"^Guide: docs/(\S+)$", r"Guide: [\1](../\1).", body, flags=re.MULTILINE)
    # Markdown would run lines together that help keeps apart.
    return re.sub(r"^((?: {2,}\S.*\n)+)", r"\n```text\n\1```\n", body, flags=re.MULTILINE)


def claims() -> str:
    """Every claim of the packaged run, by verdict, from its table."""
    table = pd.read_csv(_DOCS / "gallery" / "claims" / "claims.csv", keep_default_na=True)
    table["bayes_factor_bound"] = table["bayes_factor_bound"].fillna("")
    lines = []
    for verdict in (SUPPORTED, CONTRADICTED, UNDECIDED, MOSTLY_PRIOR, BUILT_IN):
        rows = table[table["verdict"] == verdict].to_dict("records")
        lines += [f"\n## {verdict.capitalize()} ({len(rows)})\n"]
        lines += ["| claim | before | after | Bayes factor | its number | verdict |"]
        lines += ["| :-- | --: | --: | --: | :-- | :-- |"]
        for row in rows:
            digits = 2 if abs(row["limit"]) >= 0.1 or row["unit"] == "NRS points" else 3
            low, high = number(row["low_95"], digits), number(row["high_95"], digits)
            cells = (
                f"**{row['claim']}.** {row['sentence']}",
                probability(row["prior_probability"]),
                probability(row["posterior_probability"]),
                factor_of({str(name): value for name, value in row.items()}),
                f"{number(row['median'], digits)} ({low} to {high}) {row['unit']}; holds {row['sense']} "
                f"{number(row['limit'], digits)}",
                verdict,
            )
            lines.append(_row(cells))
    return "\n".join(lines)


def ledger() -> str:
    """Every claim of the two source texts, line by line, with the verdicts of the packaged run."""
    table = pd.read_csv(_DOCS / "gallery" / "claims" / "claims.csv", keep_default_na=False)
    judged = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    lines = ["| claim of the texts | literature | source | judged by |", "| :-- | :-- | :-- | :-- |"]
    for row in ledger_table(judged).to_dict("records"):
        names, verdicts = (row[key].split("; ") if row[key] else [] for key in ("judged_by", "verdicts"))
        pairs = [f"{name}: *{verdict}*" for name, verdict in zip(names, verdicts, strict=True)]
        found = "; ".join(pairs) or row["no_number"] or "from the next fit on"
        lines.append(_row((f"{row['id']}. {row['claim']}", row["literature"], _linked(row["source"]), found)))
    return "\n".join(lines)


def sources() -> str:
    """Every study of the packaged tables, where it was read, and how many of its rows a fit uses."""
    trials = packaged_trials()
    rows = trials.observations.groupby("study_id")["used"].agg(["size", "sum"])
    lines = ["| study | where it was read | condition | rows used | rows |"]
    lines += ["| :-- | :-- | :-- | --: | --: |"]
    for study in trials.studies.fillna("").sort_values("study_id").to_dict("records"):
        size, used = rows.loc[study["study_id"]] if study["study_id"] in rows.index else (0, 0)
        name = f"`{study['study_id']}`: {_escaped(study['citation'])}"
        condition = study["condition"].replace("_", " ")
        lines.append(_row((name, _linked(study["source_url"]), condition, str(used), str(size))))
    return "\n".join(lines)


def names(where: str) -> str:
    """Directives that document every public name of a package."""
    return _reference(_name(where, name) for name in sorted(public_names(where), key=str.lower))


def package(name: str) -> str:
    """Directive that shows what a package is for."""
    return _reference([f".. automodule:: {name}"])


def equations(module: str) -> str:
    """Directives that show what a module says of its equations."""
    read = importlib.import_module(module)
    parts = [f".. automodule:: {module}\n   :no-index:"] if has_equations(read.__doc__) else []
    for name, value in defined_in(read):
        if has_equations(value.__doc__):
            kind = "autoclass" if inspect.isclass(value) else "autofunction"
            parts.append(f".. {kind}:: {module}.{name}\n   :no-index-entry:")
        if inspect.isclass(value):
            for method, body in vars(value).items():
                if inspect.isfunction(body) and has_equations(body.__doc__):
                    parts.append(f".. automethod:: {module}.{name}.{method}\n   :no-index-entry:")
    return _reference(parts)


def has_equations(text: str | None) -> bool:
    """Whether a docstring holds mathematics."""
    return text is not None and ("math::" in text or ":math:" in text)


def _name(where: str, name: str) -> str:
    value = getattr(importlib.import_module(where), name)
    if inspect.isclass(value):
        return f".. autoclass:: {where}.{name}\n   :members:\n   :show-inheritance:"
    if callable(value):
        return f".. autofunction:: {where}.{name}"
    told = documentation_of(where, name)
    if told is None:
        raise ExtensionError(f"{where}.{name} has no docstring below the line that sets it")
    text = " ".join(repr(value).split())
    shown = f"\n   :value: {text}" if len(text) <= _VALUE else ""
    return f".. py:data:: {name}\n   :module: {where}{shown}\n\n   {told}"


def _reference(directives: Iterator[str] | list[str]) -> str:
    # A docstring is reStructuredText, in whatever page it is shown.
    return "\n".join(["````{eval-rst}", *(f"{directive}\n" for directive in directives), "````"])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


def _linked(text: str) -> str:
    """Every address in a cell as a link, named by its host; what else the cell says as it is."""
    parts = re.split(r"(https?://[^\s;,]+)", text)
    hosts = (re.sub(r"^https?://(?:www\.)?([^/]+).*$", r"\1", part) for part in parts[1::2])
    links = (f"[{host}](<{part}>)" for host, part in zip(hosts, parts[1::2], strict=True))
    return "".join(next(links) if index % 2 else _escaped(part) for index, part in enumerate(parts))


_WRITTEN: dict[str, Callable[..., str]] = {
    "claims": claims,
    "ledger": ledger,
    "commands": commands,
    "equations": equations,
    "names": names,
    "package": package,
    "sources": sources,
}


def _fill(app: Sphinx, page: str, text: list[str]) -> None:
    def written(match: re.Match[str]) -> str:
        what, which = match.groups()
        if what not in _WRITTEN:
            known = ", ".join(sorted(_WRITTEN))
            raise ExtensionError(f"{page}: no part of the site is called {what!r}; there are {known}")
        return _WRITTEN[what](which) if which else _WRITTEN[what]()

    text[0] = _WANTED.sub(written, text[0])


def _skip(app: Sphinx, what: str, name: str, value: object, skip: bool, options: object) -> bool | None:
    """Fields of named tuples are told in their class; Python's "Alias for field number 0" tells nothing."""
    return True if type(value).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the parts where pages ask for them."""
    app.connect("source-read", _fill)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
