"""Equations as pictures drawn at build time: nothing is loaded, and no font is needed where they are read.

MathML would depend on a mathematical font: without one browsers leave out the dots of derivatives.
"""

import html

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from ziamath.config import config as drawing
from ziamath.zmath import Latex

_PIXELS = 18


def drawn(tex: str, *, inline: bool) -> str:
    """SVG of an equation in the colour of the text around it, read out as its TeX."""
    lines = rf"\begin{{aligned}}{tex}\end{{aligned}}" if r"\\" in tex else tex
    picture = Latex(lines, inline=inline, size=_PIXELS, color="currentColor")
    label = html.escape(" ".join(tex.split()), quote=True)
    shift = f"vertical-align:{picture.getyofst():.2f}px" if inline else ""
    return f'<span class="equation" role="img" aria-label="{label}" style="{shift}">{picture.svg()}</span>'


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(drawn(node.astext(), inline=True))
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="equation-block">{drawn(node.astext(), inline=False)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> ExtensionMetadata:
    """Draw what Sphinx reads as mathematics."""
    drawing.svg2 = False
    app.add_html_math_renderer("drawn", inline_renderers=(_inline, None), block_renderers=(_block, None))
    app.connect("config-inited", lambda _, config: setattr(config, "html_math_renderer", "drawn"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
