"""Sphinx settings. The library is read from the template's folder, as the tests read it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent / "{{cookiecutter.project}}" / "src"
sys.path[:0] = [str(HERE / "_ext"), str(LIBRARY)]

from sagepipe.contract import hosting, limits, names, paths  # noqa: E402

project = "sm-template"
author = "The sm-template authors"
copyright = "2026, the sm-template authors"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "cli_reference",
    "component",
    "conformance",
    "constants",
    "kfp_table",
    "local_arguments",
    "sample_project",
    "tracking_failures",
]
exclude_patterns = ["_ext"]

html_theme = "furo"
html_title = "sm-template"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sourcelink = False

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist", "substitution"]
myst_heading_anchors = 3


def constants(module):
    """Let the text say ``{{ limits.CHANNELS }}``: a fact of the contract has one place."""
    return {
        name: f"{value:,}" if isinstance(value, int) else f"`{value}`"
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int | str)
    }


myst_substitutions = {
    module.__name__.rpartition(".")[2]: constants(module)
    for module in (hosting, limits, names, paths)
}

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 80
napoleon_numpy_docstring = False
napoleon_use_ivar = True
