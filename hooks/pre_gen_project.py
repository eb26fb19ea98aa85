"""Refuse bad answers before anything is generated: a line each, with the rule and a way out."""

import keyword
import re
import sys

PROJECT = {{cookiecutter.project | tojson}}
PACKAGE = {{cookiecutter.package | tojson}}
REGION = {{cookiecutter.aws_region | tojson}}
TEXTS = {
    "project_name": {{cookiecutter.project_name | tojson}},
    "description": {{cookiecutter.description | tojson}},
    "team": {{cookiecutter.team | tojson}},
}

# What is installed beside the package: a package of the same name would hide it.
TAKEN = {{cookiecutter._taken_names | tojson}}
# Files of the template: what lies beside a script comes before what is installed.
HIDING = {
    "train": "docker/train.py",
    "serve": "docker/serve.py",
    "requirements": "docker/requirements.py",
    "conftest": "tests/conftest.py",
}
# Python's, but not in sys.stdlib_module_names.
UNLISTED = ("test",)


def text_errors(name, text):
    """These answers are written into Python, TOML and JSON strings as they are."""
    if not text.strip():
        yield f"{name} is empty: give it a few words"
    if set(text) & set('"\\{}') or not text.isprintable():
        yield (
            f"{name} {text!r} holds a double quote, a backslash, a brace or a line break:"
            " leave it out"
        )


def project_errors(project):
    """Pipelines, images, buckets and roles bear it; the strictest of them sets the rule."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", project):
        yield (
            f"project {project!r} is no valid name for SageMaker and ECR: use lower-case letters,"
            " digits and single hyphens, a letter first, such as 'flight-delay'"
        )
    # Names of S3 buckets and model package groups end at 63 characters, those of IAM roles at 64;
    # half of that is left for what is appended (environment, account, region).
    if len(project) > 32:
        yield f"project {project!r} is {len(project)} characters long: use at most 32"
    if project.replace("-", "_") in TAKEN:
        yield f"project {project!r} is a dependency's name: choose another, '{project}-model' say"


def package_errors(package):
    """It must import, and hide nothing else that does."""
    other = f"choose another, such as '{package}_model'"
    stdlib = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
    if keyword.iskeyword(package) or package in ("match", "case", "type"):
        yield f"package {package!r} is a Python keyword: {other}"
    elif not re.fullmatch(r"[a-z][a-z0-9_]*", package):
        yield (
            f"package {package!r} is no valid package name: use lower-case letters, digits and"
            " underscores, a letter first, such as 'flight_delay'"
        )
    elif package in HIDING:
        yield f"package {package!r} would be hidden by the template's {HIDING[package]}: {other}"
    elif package in stdlib or package in UNLISTED:
        yield f"package {package!r} would hide Python's own module: {other}"
    elif package in TAKEN:
        yield f"package {package!r} would hide a dependency: {other}"


def region_errors(region):
    """Form only: whether the region exists is for AWS to say."""
    if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", region):
        yield f"aws_region {region!r} is no AWS region: give its code, such as 'eu-west-1'"


def main():
    errors = [error for name, text in TEXTS.items() for error in text_errors(name, text)]
    # What follows from a bad answer is no second mistake: "-" is the project without a name,
    # as Cookiecutter would take a folder without one for the folder that it is called in.
    if not errors or PROJECT != "-":
        errors += project_errors(PROJECT)
    if not errors or PROJECT.replace("-", "_") != PACKAGE:
        errors += package_errors(PACKAGE)
    errors += region_errors(REGION)
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
