"""Write the pages that are made of windup's tables: every parameter, and the data dictionary."""

from pathlib import Path

from windup.datasets import dictionary_markdown
from windup.models import parameter_page

_ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = _ROOT / "docs" / "look-up" / "parameters.md"
DICTIONARY = _ROOT / "datasets" / "trials" / "README.md"


def main() -> None:
    """Write both pages; what stands in front of the dictionary in its file stays."""
    PARAMETERS.write_text(parameter_page(), encoding="utf-8")
    written = dictionary_markdown()
    front, _, _ = DICTIONARY.read_text(encoding="utf-8").partition(written.splitlines()[0])
    DICTIONARY.write_text(front + written, encoding="utf-8")


if __name__ == "__main__":
    main()
