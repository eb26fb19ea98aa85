"""Pin what a generated project installs, and what this repository's tests, docs and tools do.

    python scripts/pin.py             # needs uv and cookiecutter, and the network
    python scripts/pin.py --upgrade   # raise every pin to the newest version allowed

A project is generated, its pyproject.toml is resolved for all Pythons and platforms at once, and
the result goes back into the template as constraints.txt. The lists of what the images install,
docker/*.txt, agree with it and have the hashes of all files. requirements/*.txt agree with it too.
cookiecutter.json gets the names of all that is installed, as no package may bear one of them.
"""

import argparse
import re
import subprocess
import tempfile
import textwrap
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "{{cookiecutter.project}}"
CONSTRAINTS = TEMPLATE / "constraints.txt"
REQUIREMENTS = ROOT / "requirements"
OLDEST_PYTHON = "3.11"

# Folders of a generated repository that Python finds before its packages, and the library in it.
OWN_NAMES = {"sagepipe", "tests"}

# The extras that images are made of, one list each.
IMAGES = ("train", "serve", "serve-sklearn")

# KFP asks for exact versions of packages that a project has newer ones of.
WITH_PINS_OF_THEIR_OWN = {"peers"}

HEADER = """\
# One set of versions for laptops, training and serving. To raise them: make pins, which runs
#    uv pip compile --universal --upgrade --python-version 3.11 \\
#        --all-extras pyproject.toml -o constraints.txt
"""
IMAGE_HEADER = """\
# What an image installs: the extra {extra} of pyproject.toml at the versions of constraints.txt,
# with the hashes of their files. Made by `make pins`.
"""


def compile_pins(folder: Path, *arguments: str | Path) -> None:
    """Resolve requirements for all Pythons from the oldest on, and all platforms."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
    subprocess.run([*command, *map(str, arguments)], cwd=folder, check=True)


def pin_project(project: Path, upgrade: list[str]) -> None:
    """Pin the generated project and keep the result in the template."""
    pins = project / "constraints.txt"
    compile_pins(project, "--all-extras", "pyproject.toml", "-o", pins, "--no-header", *upgrade)
    text = pins.read_text().replace(f"via {project.name} ", "via {{ cookiecutter.project }} ")
    text = text.replace(f"#   {project.name} ", "#   {{ cookiecutter.project }} ")
    CONSTRAINTS.write_text(HEADER + text)


def pin_images(project: Path) -> None:
    """Pin what the generated project's images install, with hashes, and keep it in the template."""
    options = ["-c", "constraints.txt", "--generate-hashes", "--no-header", "--no-annotate"]
    for extra in IMAGES:
        pins = project / "docker" / f"{extra}.txt"
        compile_pins(project, "pyproject.toml", "--extra", extra, *options, "-o", pins)
        text = IMAGE_HEADER.format(extra=extra) + pins.read_text()
        (TEMPLATE / "docker" / f"{extra}.txt").write_text(text)


def pin_requirements(project: Path, upgrade: list[str]) -> None:
    """Pin what this repository installs, at the project's versions where they share a package."""
    options = ["--no-header", "--no-annotate", *upgrade]
    for source in sorted(REQUIREMENTS.glob("*.in")):
        target = source.with_suffix(".txt")
        more = ["--all-extras", project / "pyproject.toml"] if source.stem == "test" else []
        if source.stem not in WITH_PINS_OF_THEIR_OWN:
            more += ["-c", project / "constraints.txt"]
        compile_pins(ROOT, source, *more, "-o", target, *options)
        target.write_text(f"# Made by scripts/pin.py from {source.name}\n{target.read_text()}")


def taken_names(project: Path) -> list[str]:
    """List what the pinned distributions are called, and what one imports."""
    environment = project / ".venv"
    subprocess.run(["uv", "venv", "--quiet", environment], check=True)
    python = environment / "bin" / "python"
    install = ["uv", "pip", "install", "--quiet", "--python", python, "-r", "constraints.txt"]
    subprocess.run(install, cwd=project, check=True)
    code = "import importlib.metadata as m; print(*m.packages_distributions())"
    imports = subprocess.check_output([python, "-c", code], text=True)
    pins = (project / "constraints.txt").read_text()
    distributions = re.findall(r"^([a-z0-9-]+)==", pins, flags=re.M)
    names = {*imports.split(), *(name.replace("-", "_") for name in distributions), *OWN_NAMES}
    return sorted(name for name in names if re.fullmatch(r"[a-z][a-z0-9_]*", name))


def keep_taken_names(names: list[str]) -> None:
    """Write the names into cookiecutter.json, where the hook that checks answers finds them."""
    lines = textwrap.fill(", ".join(f'"{name}"' for name in names), 96, break_on_hyphens=False)
    block = '"_taken_names": [\n' + textwrap.indent(lines, "    ") + "\n  ]"
    answers = ROOT / "cookiecutter.json"
    answers.write_text(re.sub(r'"_taken_names": \[.*?\]', block, answers.read_text(), flags=re.S))


def main() -> None:
    """Write all pins and the taken names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="raise every pin")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    with tempfile.TemporaryDirectory() as folder:
        project = Path(
            cookiecutter(str(ROOT), no_input=True, default_config=True, output_dir=folder)
        )
        pin_project(project, upgrade)
        pin_images(project)
        pin_requirements(project, upgrade)
        keep_taken_names(taken_names(project))


if __name__ == "__main__":
    main()
