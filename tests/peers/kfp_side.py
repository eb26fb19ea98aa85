"""KFP's side of the differential test: the twin of an example, run by ``kfp.local``."""

import importlib.util
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import kfp.dsl
from kfp import local

HERE = Path(__file__).parent
EXAMPLES = HERE / "kfp_examples"

_component = kfp.dsl.component


def _without_install(func=None, **options):
    """``@dsl.component`` with ``install_kfp_package=False``.

    The one shim: KFP's job begins with ``pip install kfp`` from the network, into the Python that
    runs these tests and has it.
    """
    options["install_kfp_package"] = False
    return _component(func, **options) if func else lambda item: _component(item, **options)


def twin(name, folder):
    """Write an example with KFP's imports in place of ours; returns its text."""
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    text = re.sub(r"^from sagepipe( import dsl|\.dsl import)", r"from kfp\1", text, flags=re.M)
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return text


def load(name, folder):
    """Import an example's twin."""
    twin(name, folder)
    spec = importlib.util.spec_from_file_location(f"kfp_twin_{name}", folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    kfp.dsl.component = _without_install
    try:
        spec.loader.exec_module(module)
    finally:
        kfp.dsl.component = _component
    return module


def run(pipeline, arguments, folder):
    """Run a pipeline; returns what each component's tasks came up with."""
    root = folder / "kfp"
    local.init(
        runner=local.SubprocessRunner(use_venv=False), pipeline_root=str(root), raise_on_error=False
    )
    pipeline(**arguments)
    found = defaultdict(list)
    for file in root.rglob("executor_output.json"):
        component = re.sub(r"-\d+$", "", file.parent.name)
        found[component].append(_came_up_with(file))
    return {name: sorted(tasks, key=repr) for name, tasks in found.items()}


def _came_up_with(file):
    written = json.loads(file.read_text())
    artifacts = {
        name: {"files": files(Path(item["uri"])), "metadata": _recorded(item)}
        for name, listed in written.get("artifacts", {}).items()
        for item in listed["artifacts"]
    }
    return {"returned": written.get("parameterValues", {}), "artifacts": artifacts}


def _recorded(artifact):
    """Read metadata; a classifier's curve and matrix are laid out as ours."""
    found = dict(artifact.get("metadata", {}))
    if "confidenceMetrics" in found:
        found["roc_curve"] = [
            {
                "fpr": point["falsePositiveRate"],
                "tpr": point["recall"],
                "threshold": point["confidenceThreshold"],
            }
            for point in found.pop("confidenceMetrics")
        ]
    if "confusionMatrix" in found:
        matrix = found.pop("confusionMatrix")
        found["confusion_matrix"] = {
            "categories": [item["displayName"] for item in matrix["annotationSpecs"]],
            "matrix": [item["row"] for item in matrix["rows"]],
        }
    return found


def files(path):
    """Read a file, or a folder's files by name."""
    if path.is_dir():
        inner = sorted(item for item in path.rglob("*") if item.is_file())
        return {str(item.relative_to(path)): item.read_text() for item in inner}
    return path.read_text() if path.exists() else None
