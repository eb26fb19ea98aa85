"""Pictures of pipelines: what they show, and that nothing in them lies on anything else."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.compiler.drawing import FORMATS, draw, layering
from sagepipe.compiler.drawing.facts import facts
from sagepipe.compiler.drawing.layout import Box, Layout, layout
from sagepipe.compiler.drawing.picture import Group, Picture, nodes, picture
from sagepipe.compiler.reading import steps
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output

GOLDEN = Path(__file__).parent / "golden"


@dsl.component(instance_type="ml.m5.large")
def prepare(raw: Input[Dataset], train: Output[Dataset], rows: int = 5) -> None:
    """Prepare the data."""


@dsl.component(kind="training")
def fit(train: Input[Dataset], model: Output[Model], rate: float = 0.1) -> None:
    """Fit a model."""


@dsl.component
def score(model: Input[Model], metrics: Output[Metrics]) -> None:
    """Score it."""


@dsl.component
def tell(text: str) -> None:
    """Tell somebody."""


@dsl.pipeline(name="picture")
def everything(data_uri: str, rates: list = [0.1], least: float = 0.5) -> None:  # noqa: B006
    """A branch, a loop and a run condition."""
    prepared = prepare(raw=dsl.importer(data_uri, Dataset))
    fitted = fit(train=prepared.outputs["train"]).set_display_name("Fit <a> & b")
    scored = score(model=fitted.outputs["model"])
    with dsl.If(scored.outputs["metrics"]["auc"] >= least, name="good"):
        dsl.register_model(model=fitted.outputs["model"])
    with dsl.Else():
        dsl.fail("too bad")
    with dsl.ParallelFor(rates, parallelism=2) as rate:
        fit(train=prepared.outputs["train"], rate=rate)
    tell(text="over").after(scored).ignore_upstream_failure()


def definition_of(edges: list[tuple[int, int]], count: int) -> dict[str, Any]:
    """A definition of ``count`` steps that refer to each other."""
    return {
        "Steps": [
            {
                "Name": f"s{number}",
                "Type": "Processing",
                "Arguments": [
                    {"Get": f"Steps.s{first}.X"} for first, last in edges if last == number
                ],
            }
            for number in range(count)
        ]
    }


FAN_OUT = definition_of([(0, n) for n in range(1, 31)] + [(n, 31) for n in range(1, 31)], 32)
CHAIN = definition_of([(n, n + 1) for n in range(11)], 12)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    return compile_pipeline(everything)


@pytest.mark.parametrize("suffix", [".mmd", ".svg"])
def test_the_picture_is_the_golden_one(compiled: dict[str, Any], suffix: str) -> None:
    golden = GOLDEN / f"everything{suffix}"

    assert draw(compiled, "picture", suffix) == golden.read_text(encoding="utf-8")


class TestWhatIsShown:
    def test_branches_and_loops_are_groups_with_titles(self, compiled: dict[str, Any]) -> None:
        groups = [item for item in nodes(picture(compiled, "p").items) if isinstance(item, Group)]

        assert [(group.title, [item.id for item in group.items]) for group in groups] == [
            ("yes", ["register-model"]),
            ("no", ["fail"]),
            ("for-each · for each of rates", ["fit-2-each"]),
        ]

    def test_a_condition_says_what_it_asks(self, compiled: dict[str, Any]) -> None:
        subtitles = {
            item.id: getattr(item, "subtitle", "") for item in picture(compiled, "p").items
        }

        assert subtitles["good"] == "Condition · score.auc ≥ least"

    def test_run_conditions_are_dashed_and_named(self, compiled: dict[str, Any]) -> None:
        dashed = [link for link in picture(compiled, "p").links if link.dashed]

        assert [(link.source, link.target, link.label) for link in dashed] == [
            ("score", "tell", "Any")
        ]

    def test_a_link_says_what_it_carries(self, compiled: dict[str, Any]) -> None:
        links = {(link.source, link.target): link.carries for link in picture(compiled, "p").links}

        assert links["prepare", "fit"] == ("prepare.train",)

    def test_order_alone_is_left_out_where_a_way_around_says_it(self) -> None:
        chain = definition_of([(0, 1), (1, 2)], 3)
        chain["Steps"][2]["DependsOn"] = ["s0"]

        assert [(link.source, link.target) for link in picture(chain, "p").links] == [
            ("s0", "s1"),
            ("s1", "s2"),
        ]

    def test_a_job_has_its_facts(self, compiled: dict[str, Any]) -> None:
        found = {fact.label: fact.lines for fact in facts(next(steps(compiled)))}

        assert found["Description"] == (("", "Prepare the data."),)
        assert found["Type"] == (("", "Processing"),)
        assert found["Component"][0][1].endswith(":prepare")
        assert found["Instance"] == (("", "ml.m5.large, 30 GB"),)
        assert found["Inputs"] == (("raw", "data_uri"),)
        assert found["Outputs"][0][0] == "train"
        assert found["Parameters"] == (("rows", "5"),)


class TestLayout:
    @pytest.mark.parametrize(
        "definition", ["compiled", FAN_OUT, CHAIN], ids=["all", "fan", "chain"]
    )
    def test_no_box_lies_on_another(self, definition: Any, request: pytest.FixtureRequest) -> None:
        if isinstance(definition, str):
            definition = request.getfixturevalue(definition)
        drawn = picture(definition, "p")
        placed = layout(drawn)

        assert list(_overlaps(drawn, placed)) == []
        assert all(
            _within(box, Box(0, 0, placed.width, placed.height)) for box in placed.boxes.values()
        )

    def test_what_stands_in_a_group_lies_in_its_box(self, compiled: dict[str, Any]) -> None:
        drawn = picture(compiled, "p")
        placed = layout(drawn)

        for group in (item for item in nodes(drawn.items) if isinstance(item, Group)):
            for item in group.items:
                assert _within(placed.boxes[item.id], placed.boxes[group.id])

    def test_arrows_begin_and_end_at_their_boxes(self, compiled: dict[str, Any]) -> None:
        drawn = picture(compiled, "p")
        placed = layout(drawn)

        for index, link in enumerate(drawn.links):
            first, last = placed.routes[index][0], placed.routes[index][-1]
            assert _touches(placed.boxes[link.source], first), link
            assert _touches(placed.boxes[link.target], last), link

    def test_a_chain_leads_down_and_a_fan_out_to_the_right(self) -> None:
        assert not layout(picture(CHAIN, "p")).sideways
        fan = layout(picture(FAN_OUT, "p"))
        assert fan.sideways
        assert fan.width < 800

    def test_a_circle_which_is_a_fault_is_drawn_all_the_same(self) -> None:
        circle = picture(definition_of([(0, 1), (1, 2), (2, 0)], 3), "p")

        assert len(layout(circle).routes) == 3

    def test_arrows_that_need_not_cross_do_not(self) -> None:
        below = {0: [5], 1: [4], 2: [3], 3: [], 4: [], 5: []}
        above = {0: [], 1: [], 2: [], 3: [2], 4: [1], 5: [0]}

        rows = layering.ordered([[0, 1, 2], [3, 4, 5]], above, below)

        assert layering.crossings([[0, 1, 2], [3, 4, 5]], below) == 3
        assert layering.crossings(rows, below) == 0


class TestFiles:
    def test_an_svg_is_one_document_that_asks_for_nothing(self, compiled: dict[str, Any]) -> None:
        drawn = draw(compiled, "picture", ".svg")

        root = ElementTree.fromstring(drawn)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"prepare", "Fit <a> & b", "yes", "no", "Any"} <= set(texts)
        assert "prefers-color-scheme: dark" in drawn
        assert re.findall(r"(?:href|src)=", drawn) == []

    def test_a_page_is_one_document_that_asks_for_nothing(self, compiled: dict[str, Any]) -> None:
        drawn = draw(compiled, "<picture> & co", ".html")

        page = _Page()
        page.feed(drawn)
        assert page.title == "<picture> & co"
        assert page.loaded == []
        assert len(page.links) == len(set(page.links)) == 9
        assert {link.removeprefix("#") for link in page.links} == page.articles
        assert "default-src 'none'" in drawn

    def test_a_step_cannot_put_markup_into_a_page(self) -> None:
        name = "</pre><script>alert(1)</script>"
        step = {
            "Name": "s",
            "Type": "Fail",
            "Description": name,
            "Arguments": {"ErrorMessage": name},
        }

        for form in FORMATS:
            assert "<script>alert" not in draw({"Steps": [step]}, name, form)

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_definition_with_faults_is_drawn_as_far_as_it_goes(self, form: str) -> None:
        steps = [
            {"Name": "twice", "Type": "Training", "Arguments": 4},
            {"Name": "twice", "Arguments": {"ModelName": ["x"], "ParameterRanges": 1}},
            {"Type": "Nothing known", "DependsOn": ["nobody", "twice"]},
            {"Name": "c", "Type": "Condition", "Arguments": {"Conditions": [{"Type": "Not"}, 3]}},
            {"Name": "f", "Type": "ForEach", "Arguments": {"ForEachBody": []}},
        ]

        assert "twice#2" in draw({"Steps": steps}, "faulty", form).replace("#35;", "#")

    def test_an_empty_definition_is_an_empty_picture(self) -> None:
        for form in FORMATS:
            assert draw({"Steps": []}, "empty", form)

    def test_mermaid_gets_no_name_that_it_reads_as_its_own(self) -> None:
        names = ["end", "a--b", "a__b", "default"]
        steps = [{"Name": name, "Type": "Model"} for name in names]

        lines = draw({"Steps": steps}, "p").splitlines()[1:]

        assert [line.strip().partition("[")[0] for line in lines] == [
            "end_",
            "a__b",
            "a__b_",
            "default_",
        ]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title, self.links, self.articles, self.loaded = "", [], set(), []
        self._tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags.append(tag)
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"])
        elif tag == "article":
            self.articles.add(found["id"])
        elif tag in ("link", "img", "iframe") or "src" in found:
            self.loaded.append(tag)

    def handle_data(self, data: str) -> None:
        if self._tags and self._tags[-1] == "title" and not self.title:
            self.title = data


def _overlaps(drawn: Picture, placed: Layout) -> Any:
    def among(items: Any) -> Any:
        for one, other in itertools.combinations(items, 2):
            a, b = placed.boxes[one.id], placed.boxes[other.id]
            if (
                a.x < b.x + b.width
                and b.x < a.x + a.width
                and a.y < b.y + b.height
                and b.y < a.y + a.height
            ):
                yield one.id, other.id
        for item in items:
            if isinstance(item, Group):
                yield from among(item.items)

    return among(drawn.items)


def _within(inner: Box, outer: Box) -> bool:
    slack = 0.01
    return (
        inner.x >= outer.x - slack
        and inner.y >= outer.y - slack
        and inner.x + inner.width <= outer.x + outer.width + slack
        and inner.y + inner.height <= outer.y + outer.height + slack
    )


def _touches(box: Box, point: tuple[float, float]) -> bool:
    x, y = point[0] - box.x, point[1] - box.y
    inside = -1 <= x <= box.width + 1 and -1 <= y <= box.height + 1
    return inside and min(abs(x), abs(x - box.width), abs(y), abs(y - box.height)) < 1
