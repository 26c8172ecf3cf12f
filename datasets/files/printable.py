"""Text of a user's file, fit for a terminal: nothing hidden, nothing that moves the cursor."""

from __future__ import annotations


def printable(text: str, longest: int) -> str:
    r"""Text with its control and invisible characters spelled out, and its middle left out where it is long.

    Parameters
    ----------
    text
        Anything.
    longest
        Number of characters that may be shown.

    Examples
    --------
    >>> printable("a\x1b[31m\u202eb", 80)
    'a\\x1b[31m\\u202eb'
    >>> printable("x" * 5000 + " is not a number.", 40)
    'xxxxxxxxxxxxxxxxxxx … x is not a number.'
    """
    spelled = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in (text if len(text) <= 2 * longest else text[:longest] + text[-longest:])
    )
    if len(spelled) <= longest:
        return spelled
    tail = (longest - 3) // 2
    return f"{spelled[: longest - 3 - tail]} … {spelled[-tail:]}"
