"""``{cli-reference}``: every verb of the command line, read from the command line itself."""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def verbs() -> dict[str, Any]:
    """Return the commands by name, in the order of ``sagepipe --help``."""
    from typer.main import get_command

    from sagepipe.cli.app import app

    found = {}
    for name, command in get_command(app).commands.items():
        below = getattr(command, "commands", None)
        found |= {f"{name} {verb}": it for verb, it in below.items()} if below else {name: command}
    return found


def usage(name: str, command: Any) -> str:
    """Write how a verb is called."""
    words = ["sagepipe", name]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            shown = parameter.name.upper()
            words.append(shown if parameter.required else f"[{shown}]")
    return " ".join([*words, "[OPTIONS]"])


def table(command: Any) -> Iterator[str]:
    """Write a row for each argument and option."""
    yield from ("| Argument | Meaning | Default |", "|---|---|---|")
    for parameter in command.params:
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        default = "" if parameter.default in (None, False) else parameter.default
        if parameter.param_type_name == "argument":
            names = f"`{parameter.name.upper()}`"
        elif not parameter.is_flag:
            names += f" `{parameter.metavar or parameter.name.upper()}`"
        elif default:
            default = parameter.opts[0]
        shown = f"`{default}`" if default != "" else ""
        more = " May be given several times." if parameter.multiple else ""
        yield f"| {names} | {parameter.help}{more} | {shown} |"


class CliReferenceDirective(SphinxDirective):
    """A section for each verb."""

    def run(self) -> list[nodes.Node]:
        sections = []
        for name, command in verbs().items():
            section = nodes.section(ids=[f"sagepipe-{name.replace(' ', '-')}"], names=[name])
            section += nodes.title("", "", nodes.literal("", name))
            lines = [command.help, "", "```console", f"$ {usage(name, command)}", "```", ""]
            source = StringList([*lines, *table(command)], source=f"sagepipe {name}")
            self.state.nested_parse(source, self.content_offset, section)
            sections.append(section)
        return sections


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("cli-reference", CliReferenceDirective)
    return {"parallel_read_safe": True}
