"""Where a name of windup is meant that the reference has under the package that passes it on."""

from docutils import nodes
from site_names import PACKAGES, public_names
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

_PUBLIC = {
    f"{module}.{name}": f"{package}.{name}"
    for package in PACKAGES
    for name, module in public_names(package).items()
}


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Link of ``windup.fit.Nuts``, as annotations spell it, to ``windup.fit.Nuts``."""
    target = str(node.get("reftarget"))
    if node.get("refdomain") != "py":
        return None
    for private, public in _PUBLIC.items():
        if target == private or target.startswith(f"{private}."):
            wanted = public + target.removeprefix(private)
            return env.domains.python_domain.resolve_xref(
                env, str(node["refdoc"]), app.builder, "obj", wanted, node, content
            )
    return None


def setup(app: Sphinx) -> ExtensionMetadata:
    """Ask for public names where a private one is not found."""
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
