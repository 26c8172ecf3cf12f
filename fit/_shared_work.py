"""What all pieces of some work have in common, known by a digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Self, final

from ._identity import versions


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
        """Something, known by what ``about`` says of it and by the versions of the packages."""
        return cls(content, hashlib.sha256(repr((about, versions())).encode()).hexdigest()[:12])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shared) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)
