"""Words that the shell completes after an option, each with what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

type Completer = Callable[[str], list[tuple[str, str]]]


def words_of(allowed: Mapping[str, object]) -> Completer:
    """Completion of an option by the words that it allows.

    Parameters
    ----------
    allowed
        Words, each with what it means where that is text.

    Examples
    --------
    >>> words_of({"full": "all draws", "quick": "few draws"})("q")
    [('quick', 'few draws')]
    """

    def completed(incomplete: str) -> list[tuple[str, str]]:
        return [
            (word, meaning if isinstance(meaning, str) else "")
            for word, meaning in allowed.items()
            if word.startswith(incomplete)
        ]

    return completed
