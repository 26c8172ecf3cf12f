"""Sphinx configuration of the site; `make docs` builds it.

The source folder is the root of the repository, not docs/: README, CONTRIBUTING, the notebooks and the data
dictionary become pages where they lie, and a relative link means the same here as on a code-hosting site.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "extensions"))

project = "windup"
author = "The windup developers"
version = release = version_of("windup")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "site_math",
    "site_text",
    "site_references",
]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "datasets/trials/*.md",
    "docs/*.md",
    "docs/**/*.md",
    "notebooks/*.py",
]
exclude_patterns = [".*", "build", "dist", "docs/_build", "runs"]

# A single backtick in a docstring names something of Python; it becomes a link where the reference has it.
default_role = "py:obj"
nitpicky = True
# Names of rooms behind the three faces, names within a class or module, and those of other projects, whose
# inventories lie on the network, stay plain code. A public name of windup has to be found.
nitpick_ignore_regex = [("py:.*", r"(?!windup\.).*|.*\._.*|windup\.\w+\.[a-z]\w*\..*")]

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 1200
nb_merge_streams = True
# Warnings of libraries name paths of the machine that built the site; an error stops the build.
nb_output_stderr = "remove"

html_theme = "furo"
html_title = f"windup {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
templates_path = ["_templates"]
html_copy_source = False
# The first page lies in docs/; a browser that opens the folder is sent there.
html_additional_pages = {"index": "redirect.html"}
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Refuse a build from docs/ alone, which would lack half of the pages."""
    if Path(app.srcdir) != ROOT:
        raise ConfigError("The source folder is the root of the repository: run `make docs` there.")
