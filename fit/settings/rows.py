"""On which line of a TOML file each key stands."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_KEY = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_NUMBERED = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def rows_of(text: str) -> dict[str, int]:
    """Line of the first appearance of each key, as an editor counts it, by its tables and name with dots.

    Tables that may occur several times are counted from 1.

    Examples
    --------
    >>> rows_of("seed = 1\\n[priors.burden_time]\\nscale = 0.1")
    {'seed': 1, 'priors': 2, 'priors.burden_time': 2, 'priors.burden_time.scale': 3}
    >>> rows_of("[[limit]]\\n[[limit]]\\nwhy = ''")
    {'limit': 1, 'limit.1': 1, 'limit.2': 2, 'limit.2.why': 3}
    """
    found: dict[str, int] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if (numbered := _NUMBERED.match(line)) is not None:
            name = _keys(numbered[1])
            counts[name] += 1
            table = keys = (*name, str(counts[name]))
        elif (header := _HEADER.match(line)) is not None:
            table = keys = _keys(header[1])
        elif (entry := _ENTRY.match(line)) is not None:
            keys = (*table, *_keys(entry[1]))
        else:
            continue
        for length in range(1, len(keys) + 1):
            found.setdefault(".".join(keys[:length]), number)
    return found


def row_of(rows: Mapping[str, int], key: str) -> int:
    """Line of a key, or of the nearest one around it; 0 where none is known.

    Examples
    --------
    >>> row_of({"priors": 2}, "priors.burden_time.scale"), row_of({}, "seed")
    (2, 0)
    """
    while key and key not in rows:
        key = key.rpartition(".")[0]
    return rows.get(key, 0)


def _keys(dotted: str) -> tuple[str, ...]:
    try:
        table: Any = tomllib.loads(f"{dotted} = 0")
    except ValueError:
        return (dotted,)
    return tuple(_only(table))


def _only(table: Any) -> Iterator[str]:
    while isinstance(table, dict):
        ((key, table),) = table.items()
        yield key
