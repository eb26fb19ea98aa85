"""What a step says that it gives: property files, and a Lambda's or a Callback's outputs."""

from collections.abc import Iterator

from sagepipe.compiler.check.definition import Node
from sagepipe.compiler.check.finding import Finding, choices, shown
from sagepipe.compiler.check.reading import objects, texts, twice
from sagepipe.compiler.check.tables import PARAMETER_TYPES, SDK, of

_FILES = f"{SDK}, properties.PropertyFile"
_FILE_KEYS = ("PropertyFileName", "OutputName", "FilePath")


def check(node: Node) -> Iterator[Finding]:
    """Find what is wrong with a step's property files and declared outputs."""
    if node.body.get("PropertyFiles"):
        yield from _property_files(node)
    if node.type in ("Lambda", "Callback"):
        yield from _declared(node)


def _property_files(node: Node) -> Iterator[Finding]:
    place = node.place.at("PropertyFiles")
    if node.type != "Processing":
        yield place.finding(f"{node.type} steps have no property files", "Processing steps", _FILES)
        return
    if not isinstance(node.body["PropertyFiles"], list):
        yield place.finding(f"it is {shown(node.body['PropertyFiles'])}", "a list", _FILES)
        return
    outputs = texts(objects(node.arguments, "ProcessingOutputConfig", "Outputs"), "OutputName")
    files = objects(node.body, "PropertyFiles")
    yield from twice(files, "PropertyFileName", place, _FILES)
    for index, file in enumerate(files):
        at = place.at(index)
        for key in _FILE_KEYS:
            if not isinstance(file.get(key), str) or not file[key]:
                yield at.at(key).finding(f"{key} is {shown(file.get(key))}", "text", _FILES)
        output = file.get("OutputName")
        if isinstance(output, str) and output not in outputs:
            yield at.at("OutputName").finding(
                f"there is no output {output!r}", choices(outputs, output), _FILES
            )
        if str(file.get("FilePath")).startswith("/"):
            yield at.at("FilePath").finding(
                f"{file['FilePath']!r} is absolute", "a path within the output", _FILES
            )


def _declared(node: Node) -> Iterator[Finding]:
    place = node.place.at("OutputParameters")
    given = node.body.get("OutputParameters")
    if given is not None and not isinstance(given, list):
        yield place.finding(f"it is {shown(given)}", "a list of outputs", of(node.type))
    outputs = objects(node.body, "OutputParameters")
    yield from twice(outputs, "OutputName", place, of(node.type))
    for index, output in enumerate(outputs):
        name, type_ = output.get("OutputName"), output.get("OutputType")
        if not isinstance(name, str) or not name:
            yield place.at(index, "OutputName").finding(
                f"OutputName is {shown(name)}", "text", of(node.type)
            )
        if type_ not in PARAMETER_TYPES:
            yield place.at(index, "OutputType").finding(
                f"{shown(type_)} is no type", choices(PARAMETER_TYPES), of(node.type)
            )
