"""What all pieces of some work have in common, known by a digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Self, final

from ._identity import versions
from ._loaded_code import own_files


@final
@dataclass(frozen=True, eq=False)
class Shared[T]:
    """Something that a worker is given once; two with the same digest are the same.

    A function of it with ``functools.lru_cache`` therefore compiles once per process, although every task
    brings a copy of its own.

    Attributes
    ----------
    content
        The thing itself.
    digest
        Of all that decides what is made of it.
    """

    content: T
    digest: str

    @classmethod
    def of(cls, content: T, *about: Any) -> Self:
        """Something, known by what ``about`` says of it, versions of packages and windup's own files."""
        known_by = about, versions(), own_files()
        return cls(content, hashlib.sha256(repr(known_by).encode()).hexdigest()[:12])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shared) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)
