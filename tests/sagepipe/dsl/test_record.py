"""Records behave like the dataclasses that they stand for."""

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys

import pytest

from sagepipe.dsl.record import field, record


@record
class Point:
    """A place."""

    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Plain:
    """The same without sharing."""

    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)


@record
class Named(Point):
    """A place with a name."""

    name: str = dataclasses.field(default="", kw_only=True)


@record
class Positive:
    """A number that is checked."""

    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError(f"{self.number} is below 0")


@record(eq=False)
class Thing:
    """Something that is itself only."""

    name: str


@record(eq=False, frozen=False)
class Box:
    """Something that changes."""

    held: list[int] = dataclasses.field(default_factory=list)


def test_record_takes_the_arguments_of_its_dataclass() -> None:
    assert inspect.signature(Point) == inspect.signature(Plain)
    assert Point(1) == Point(1, 0, [])
    assert Named(1, 2, name="here").name == "here"
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="takes from 2 to 4 positional arguments but 5 were given"):
        Named(1, 2, [], "here")  # type: ignore[misc]


def test_record_makes_each_instance_a_default_of_its_own() -> None:
    first, second = Point(1), Point(1)
    first.tags.append("a")
    assert second.tags == []
    assert Box().held is not Box().held


def test_record_has_the_defaults_of_a_base_that_has_become_a_dataclass() -> None:
    @record
    class Base:
        """With a list."""

        tags: list[str] = field(default_factory=list, kw_only=True)

    @record
    class Derived(Base):
        """With a name too."""

        name: str

    assert dataclasses.fields(Base)
    assert Derived("a").tags == []
    assert Derived("a", tags=["b"]) == Derived("a", tags=["b"])


def test_record_can_be_taken_apart_before_anything_else() -> None:
    @record
    class Pair:
        """Two numbers."""

        left: int
        right: int = 0

    match Pair(1):
        case Pair(left, right):
            assert (left, right) == (1, 0)


def test_record_is_a_dataclass() -> None:
    assert [item.name for item in dataclasses.fields(Named(1))] == ["x", "y", "tags", "name"]
    assert dataclasses.replace(Named(1, name="here"), y=5) == Named(1, 5, name="here")
    assert dataclasses.asdict(Point(1)) == dataclasses.asdict(Plain(1))
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


def test_record_refuses_to_be_changed_as_a_frozen_dataclass_does() -> None:
    for made in (Point(1), Plain(1)):
        for name in ("x", "unknown"):
            with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field"):
                setattr(made, name, 2)
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
            del made.x  # type: ignore[misc]
        assert made.x == 1


def test_record_that_is_not_frozen_can_be_changed() -> None:
    box = Box()
    box.held = [1]
    assert box.held == [1]


def test_records_are_equal_and_hashed_and_shown_by_their_fields() -> None:
    assert {Positive(1), Positive(1), Positive(2)} == {Positive(2), Positive(1)}
    assert Point(1) != Named(1)
    assert repr(Named(1, name="here")) == "Named(x=1, y=0, tags=[], name='here')"
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(Point(1))


def test_records_without_eq_are_themselves_only() -> None:
    assert Thing("a") != Thing("a")
    assert len({Thing("a"), Thing("a")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Thing("a").name = "b"  # type: ignore[misc]


def test_record_is_checked_when_it_is_made_and_when_it_is_replaced() -> None:
    with pytest.raises(ValueError, match="-1 is below 0"):
        Positive(-1)
    with pytest.raises(ValueError, match="-2 is below 0"):
        dataclasses.replace(Positive(1), number=-2)


def test_record_keeps_the_methods_that_its_class_has() -> None:
    @record
    class Own:
        """With a constructor and a text of its own."""

        words: tuple[str, ...]

        def __init__(self, *words: str) -> None:
            self.__dict__["words"] = words

        def __repr__(self) -> str:
            return " ".join(self.words)

    assert repr(Own("a", "b")) == "a b"
    assert Own("a") == Own("a")


def test_record_survives_copies_and_pickles() -> None:
    made = Named(1, name="here")
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made


def test_importing_the_dsl_compiles_no_method_of_a_record() -> None:
    code = (
        "import dataclasses, sagepipe.dsl as dsl, sagepipe.dsl.record as record\n"
        "found = [type(vars(cls)['__init__']) for cls in (dsl.Hosts, dsl.Task, dsl.Pipeline)]\n"
        "assert set(found) == {record._Init}, found\n"
        "dsl.Hosts()\n"
        "assert type(vars(dsl.Hosts)['__init__']) is type(lambda: 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
