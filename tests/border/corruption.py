"""What can happen to a file on its way: strategies of hypothesis that spoil cells, rows, keys and bytes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

type Rows = list[list[str]]
type Draw = Callable[[st.SearchStrategy[Any]], Any]

_NUMBERS = (
    "nan", "NaN", "inf", "-Infinity", "1e308", "-1e308", "1e-320", "1e999", "1e400", "-0", "0", "-1", "0.5",
    "1_000", "١٢", "½", "0x10", "1,5", "1.234", "1,234", "1 234", "1'234", "1.234,5",
    "\u22121.5", "\u20131", "1\u202f000", "45 %", "NA", "<0.001", "12 mg",
    "--1", "1/2", "9" * 400, "4.0000000001", "1e6", "1e15",
)  # fmt: skip
_TEXTS = (
    "", " ", "\t", "\x00", "\x1b[31mred\x1b[0m", "\ufeff", "\u200b", "\u202eright to left", "\u2028", "a\nb",
    "a\rb", "a\r\nb", '"', '""', "'", ",", ";", "=1+1", "%s{0}", "[bold]x[/bold]", "<script>x</script>",
    "../../etc/passwd", "x" * 10_000, "é" * 5_000, "👩‍🔬", "e\u0301", "Yes", "YES", "true", "None", "null",
    "NA", "N/A", "#N/A", "TRUE", "FALSE", "WAHR", "\u2014", "Total", "not convertible", "control",
    "duplicate",     "placebo", "other", "overlaps nobody", "overlaps ", "median;median", "median;;", ";",
)  # fmt: skip
TEXTS = st.sampled_from(_NUMBERS + _TEXTS) | st.text(max_size=12)
_INSERTED = (
    b"\x00", b'"', b"'", b",", b"\n", b"\r", b"\r\n", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"[", b"]", b"[[", b"]]", b"{", b"}", b"=", b"#", b"\\", b"\\u0000", b"'''", b'"""', b".", b"-", b"e",
    b"_", b"\x1b", b"\x85",
)  # fmt: skip


@st.composite
def spoilt_rows(draw: Draw, rows: Rows) -> Rows:
    """A table after one to three accidents to its columns, rows and cells."""
    table = copy.deepcopy(rows)
    for _ in range(draw(st.integers(1, 3))):
        draw(st.sampled_from(_ACCIDENTS))(draw, table)
    return table


def _row(draw: Draw, table: Rows) -> int:
    return int(draw(st.integers(0, len(table) - 1)))


def _cell(draw: Draw, table: Rows) -> tuple[int, int]:
    row = _row(draw, table)
    return row, int(draw(st.integers(0, max(len(table[row]) - 1, 0))))


def _set(table: Rows, place: tuple[int, int], text: str) -> None:
    if table[place[0]]:
        table[place[0]][place[1]] = text


def _overwrite(draw: Draw, table: Rows) -> None:
    _set(table, _cell(draw, table), draw(TEXTS))


def _misread_number(draw: Draw, table: Rows) -> None:
    places = [(r, c) for r, row in enumerate(table) for c, cell in enumerate(row) if _is_number(cell)]
    if places:
        number = draw(st.sampled_from(_NUMBERS) | st.floats().map(repr) | st.integers(-100, 1000).map(str))
        _set(table, draw(st.sampled_from(places)), number)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal()


def _empty(draw: Draw, table: Rows) -> None:
    _set(table, _cell(draw, table), "")


def _swap(draw: Draw, table: Rows) -> None:
    one, other = _cell(draw, table), _cell(draw, table)
    if table[one[0]] and table[other[0]]:
        here, there = table[one[0]][one[1]], table[other[0]][other[1]]
        _set(table, one, there)
        _set(table, other, here)


def _copy_within_column(draw: Draw, table: Rows) -> None:
    row, column = _cell(draw, table)
    source = table[_row(draw, table)]
    if column < len(source):
        _set(table, (row, column), source[column])


def _whole_column(draw: Draw, table: Rows) -> None:
    _, column = _cell(draw, table)
    text = draw(TEXTS)
    for row in table[1:]:
        if column < len(row):
            row[column] = text


def _delete_column(draw: Draw, table: Rows) -> None:
    _, column = _cell(draw, table)
    for row in table:
        del row[column : column + 1]


def _duplicate_column(draw: Draw, table: Rows) -> None:
    _, column = _cell(draw, table)
    for row in table:
        row.extend(row[column : column + 1])


def _move_column(draw: Draw, table: Rows) -> None:
    _, column = _cell(draw, table)
    for row in table:
        if column < len(row):
            row.append(row.pop(column))


def _rename_column(draw: Draw, table: Rows) -> None:
    if table[0]:
        table[0][draw(st.integers(0, len(table[0]) - 1))] = draw(TEXTS)


def _delete_row(draw: Draw, table: Rows) -> None:
    if len(table) > 1:
        del table[_row(draw, table)]


def _duplicate_row(draw: Draw, table: Rows) -> None:
    table.append(list(table[_row(draw, table)]))


def _delete_cell(draw: Draw, table: Rows) -> None:
    row, column = _cell(draw, table)
    del table[row][column : column + 1]


def _extra_cell(draw: Draw, table: Rows) -> None:
    table[_row(draw, table)].append(draw(TEXTS))


def _leave_open(draw: Draw, table: Rows) -> None:
    for place, title in enumerate(table[0]):
        if title in ("used", "reason"):
            for row in table[1:]:
                row[place : place + 1] = [""]


def _only_header(draw: Draw, table: Rows) -> None:
    del table[1:]


_ACCIDENTS = (
    _overwrite,
    # Single cells are what people get wrong.
    _overwrite,
    _misread_number,
    _misread_number,
    _empty,
    _swap,
    _copy_within_column,
    _whole_column,
    _delete_column,
    _duplicate_column,
    _move_column,
    _rename_column,
    _delete_row,
    _duplicate_row,
    _delete_cell,
    _extra_cell,
    _leave_open,
    _leave_open,
    _only_header,
)


def _truncated(draw: Draw, content: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content)))]


def _with_a_hole(draw: Draw, content: bytes) -> bytes:
    start = draw(st.integers(0, len(content)))
    return content[:start] + content[start + draw(st.integers(1, 40)) :]


def _with_stray_bytes(draw: Draw, content: bytes) -> bytes:
    place = draw(st.integers(0, len(content)))
    stray = draw(st.sampled_from(_INSERTED) | st.binary(min_size=1, max_size=4))
    return content[:place] + bytes(stray) + content[place:]


def _without_a_character(draw: Draw, content: bytes) -> bytes:
    lost = draw(st.sampled_from([b'"', b",", b"\n", b"]", b"=", b"["]))
    places = [place for place in range(len(content)) if content[place : place + 1] == lost]
    if not places:
        return content
    place = draw(st.sampled_from(places))
    return content[:place] + content[place + 1 :]


def _in_another_encoding(draw: Draw, content: bytes) -> bytes:
    encoding = draw(st.sampled_from(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-8-sig"]))
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def _with_a_line_before(draw: Draw, content: bytes) -> bytes:
    first = [b"sep=,", b"sep=;", b'"sep=\t"', b"sep=", b"My review", b";;;", b"\xef\xbb\xbfsep=,"]
    return bytes(draw(st.sampled_from(first))) + b"\n" + content


def _with_trailing_cells(draw: Draw, content: bytes) -> bytes:
    more = draw(st.sampled_from([b",", b",,,", b",x"]))
    return b"\n".join(line + more for line in content.split(b"\n"))


def _with_row_numbers(draw: Draw, content: bytes) -> bytes:
    title = draw(st.sampled_from([b"", b"X", b"Unnamed: 0", b"study_id"]))
    header, *lines = content.split(b"\n")
    return b"\n".join([title + b"," + header, *(b"%d,%s" % (n, line) for n, line in enumerate(lines, 1))])


def _as_a_workbook(draw: Draw, content: bytes) -> bytes:
    # Its first bytes, and no more: an archive that is torn.
    return b"PK\x03\x04" + content


def _with_other_line_ends(draw: Draw, content: bytes) -> bytes:
    lines = content.replace(b"\r\n", b"\n")
    return lines.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\n", b"\n\r", b"\x0b", b"\x00\n"])))


def _with_other_separators(draw: Draw, content: bytes) -> bytes:
    return content.replace(b",", draw(st.sampled_from([b";", b"\t", b", ", b" ", b"|"])))


def _twice(draw: Draw, content: bytes) -> bytes:
    return content + content


def _nothing(draw: Draw, content: bytes) -> bytes:
    return bytes(draw(st.sampled_from([b"", b"\n", b" ", b"\x00", b"\xef\xbb\xbf", b'"'])))


_BYTE_ACCIDENTS = (
    _truncated,
    _with_a_hole,
    _with_stray_bytes,
    _with_stray_bytes,
    _without_a_character,
    _in_another_encoding,
    _with_other_line_ends,
    _with_other_separators,
    _with_a_line_before,
    _with_trailing_cells,
    _with_row_numbers,
    _as_a_workbook,
    _twice,
    _nothing,
)


@st.composite
def spoilt_bytes(draw: Draw, content: bytes) -> bytes:
    """A file after one or two accidents to its bytes."""
    for _ in range(draw(st.integers(1, 2))):
        content = bytes(draw(st.sampled_from(_BYTE_ACCIDENTS))(draw, content))
    return content


# Values that a key may hold by mistake; written as TOML by `toml_text`.
VALUES: st.SearchStrategy[Any] = (
    TEXTS
    | st.sampled_from(
        [
            True,
            False,
            0,
            -1,
            2,
            10**400,
            -(10**400),
            2**63,
            2**20_000,
            1e308,
            -1e308,
            1e-320,
            float("nan"),
            float("inf"),
        ]
    )
    | st.sampled_from([0.5, 1e5, 1e15, 600.0, [], {}, [[]], [{}], [1, "a"], {"a": {"b": [1]}}, [0.0], [-1.0]])
    | st.integers()
    | st.floats()
)


@st.composite
def spoilt_tree(draw: Draw, tree: dict[str, Any]) -> dict[str, Any]:
    """Tables of a TOML file after one to three accidents to their keys and values."""
    spoilt = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        containers = list(_containers(spoilt))
        draw(st.sampled_from(_KEY_ACCIDENTS))(draw, draw(st.sampled_from(containers)), spoilt)
    return spoilt


def _containers(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict | list) and len(value) else []
    return own + [each for part in inside for each in _containers(part)]


def _key(draw: Draw, container: Any) -> Any:
    keys = list(container) if isinstance(container, dict) else list(range(len(container)))
    return draw(st.sampled_from(keys))


def _replace(draw: Draw, container: Any, tree: Any) -> None:
    if container:
        container[_key(draw, container)] = copy.deepcopy(draw(VALUES))


def _remove(draw: Draw, container: Any, tree: Any) -> None:
    if len(container) > 1:
        del container[_key(draw, container)]


def _rename(draw: Draw, container: Any, tree: Any) -> None:
    if isinstance(container, dict) and container:
        container[draw(TEXTS)] = container.pop(_key(draw, container))


def _add(draw: Draw, container: Any, tree: Any) -> None:
    value = copy.deepcopy(draw(VALUES))
    if isinstance(container, dict):
        container[draw(TEXTS)] = value
    else:
        container.append(value)


def _repeat(draw: Draw, container: Any, tree: Any) -> None:
    if isinstance(container, list) and container:
        container.append(copy.deepcopy(container[_key(draw, container)]))


def _nest(draw: Draw, container: Any, tree: Any) -> None:
    if container:
        key = _key(draw, container)
        container[key] = draw(st.sampled_from([lambda v: [v], lambda v: {"a": v}]))(container[key])


def _exchange(draw: Draw, container: Any, tree: Any) -> None:
    if container:
        one, other = _key(draw, container), _key(draw, container)
        container[one], container[other] = container[other], container[one]


_KEY_ACCIDENTS = (_replace, _replace, _replace, _remove, _rename, _add, _repeat, _nest, _exchange)


def toml_text(tree: dict[str, Any]) -> str:
    """A tree of values as TOML, its tables inline."""
    return "".join(f"{_toml(key)} = {_toml(value)}\n" for key, value in tree.items())


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            # The only notation of large numbers that Python reads without a limit.
            return hex(value) if value > 10**300 else str(value)
        case float():
            return repr(value)
        case str():
            escaped = (f"\\U{ord(c):08x}" if ord(c) < 32 or ord(c) == 127 or c in '"\\' else c for c in value)
            return '"' + "".join(escaped) + '"'
        case list():
            return "[" + ", ".join(_toml(each) for each in value) + "]"
        case dict():
            return "{" + ", ".join(f"{_toml(str(key))} = {_toml(each)}" for key, each in value.items()) + "}"
    raise TypeError(f"{value!r} has no form in TOML.")
