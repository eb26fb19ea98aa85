import pytest

from sagepipe.serving.media import MediaType, choose

OFFERED = ("application/json", "text/csv")


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("text/csv", "text/csv", {}),
        (
            "Text/CSV; Charset=latin-1; header=absent",
            "text/csv",
            {"charset": "latin-1", "header": "absent"},
        ),
        ('application/json; charset="utf-8"', "application/json", {"charset": "utf-8"}),
        ("", "", {}),
    ],
)
def test_media_type_is_read_with_its_parameters(text, name, parameters):
    assert MediaType.parse(text) == MediaType(name, parameters)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/csv", "text/csv"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
        ("text/csv, */*;q=0.1", "text/csv"),
        ("image/png, application/json;q=0.1", "application/json"),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("text/csv;q=high", None),
    ],
)
def test_the_offer_that_the_caller_likes_best_is_chosen(accept, chosen):
    media = choose(accept, OFFERED)
    assert (media and media.name) == chosen


def test_the_chosen_one_has_the_parameters_that_were_asked_for():
    media = choose("image/png, text/csv; output=both; q=0.5", OFFERED)
    assert media is not None
    assert (media.name, media.parameters["output"]) == ("text/csv", "both")
