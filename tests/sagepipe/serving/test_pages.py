"""Parquet files whose footer and pages are not what they say: refused before they are unpacked."""

import itertools
import json
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagepipe.serving import engines, pages
from sagepipe.serving.errors import BadRequest, PayloadTooLarge, RequestError
from sagepipe.serving.media import MediaType
from sagepipe.serving.parquet import read_parquet
from sagepipe.serving.predictor import Predictor
from sagepipe.serving.schema import Feature, Schema
from sagepipe.serving.service import Request, Service

from .parquet_files import MEGABYTE, chunk, lying, written

NUMBER = Schema((Feature("a", "number"),))
TABLE = {
    "a": pa.array([None, *np.random.default_rng(7).normal(size=2999)]),
    "b": pa.array(["x", "longer", None] * 1000),
    "c": pa.array([True, False, None] * 1000),
}
MIXED = Schema((Feature("a", "number"), Feature("b", "string"), Feature("c", "boolean")))
SMALL = written({name: values[:30] for name, values in TABLE.items()})


def read(body: bytes, schema: Schema = NUMBER):
    return read_parquet(body, MediaType("application/x-parquet"), schema)


@pytest.mark.parametrize(
    ("version", "codec", "dictionary", "group"),
    list(itertools.product(["1.0", "2.0"], ["none", "zstd"], [True, False], [700, 5000])),
)
def test_the_pages_of_an_honest_file_add_up(version, codec, dictionary, group):
    body = written(
        TABLE,
        data_page_version=version,
        compression=codec,
        use_dictionary=dictionary,
        row_group_size=group,
        max_rows_per_page=100,
    )
    for column in range(3):
        said = chunk(body, column)
        begin = said.dictionary_page_offset or said.data_page_offset
        found = list(pages.walk(body, begin, begin + said.total_compressed_size))
        data = found[1:] if said.dictionary_page_offset else found
        assert sum(page.values for page in data) == said.num_values
        assert len(data) == -(-said.num_values // 100)
        headers = said.total_uncompressed_size - sum(page.size for page in found)
        assert 10 * len(found) < headers < 200 * len(found)
    read_back = read(body, MIXED)
    np.testing.assert_array_equal(read_back["a"], TABLE["a"].to_numpy(zero_copy_only=False))
    assert read_back["b"].tolist() == TABLE["b"].to_pylist()


class TestLies:
    def test_a_page_larger_than_the_footer_says_is_not_unpacked(self):
        body = lying(["a"], 400 * MEGABYTE)
        assert len(body) < 50_000 and chunk(body).total_uncompressed_size < 50_000
        with pytest.raises(PayloadTooLarge, match="the file has 419,430,400 bytes when it is unpa"):
            read(body)

    def test_more_values_in_a_page_than_rows_are_refused(self):
        with pytest.raises(BadRequest, match=r"a page of column .a. has 1,000,000 values, its row"):
            read(lying(["a"], MEGABYTE, values=1_000_000))

    def test_a_footer_that_is_longer_than_any_honest_one_is_not_read(self):
        body = written({"a": np.zeros(20_000)}, row_group_size=1)
        with pytest.raises(PayloadTooLarge, match=r"footer has .* bytes, at most 1,048,576 are"):
            read(body)

    def test_more_pages_than_are_looked_at_are_refused(self):
        body = written({"a": np.arange(20_001.0)}, max_rows_per_page=1, use_dictionary=False)
        with pytest.raises(PayloadTooLarge, match="more than 20,000 pages; write larger ones"):
            read(body)

    def test_text_that_repeats_itself_from_row_to_row_is_refused(self):
        schema = Schema((Feature("a", "string"),))
        body = written(
            {"a": ["x" * 100_000] * 40},
            use_dictionary=False,
            column_encoding={"a": "DELTA_BYTE_ARRAY"},
            compression="none",
        )
        assert len(body) < 300_000
        with pytest.raises(BadRequest, match="'a' is encoded as DELTA_BYTE_ARRAY; write it as"):
            read(body, schema)

    def test_what_is_no_number_or_text_is_refused_unopened(self):
        body = written({"a": pa.array([[0] * 1_000_000])})
        broken = body[:4] + b"\xff" * 40 + body[44:]
        with pytest.raises(BadRequest, match="'a' holds list<element: int64>, which is no number"):
            read(broken)

    def test_a_column_that_lies_outside_the_file_is_refused(self):
        with pytest.raises(BadRequest, match="a column lies outside the file"):
            list(pages.walk(SMALL, 4, 10**9))

    def test_text_that_is_no_text_is_refused(self):
        schema = Schema((Feature("a", "string"),))
        body = written({"a": ["caf\xe9"]}, compression="none").replace(b"\xc3\xa9", b"\xff\xff")
        with pytest.raises(BadRequest, match=r"the body is not Parquet: .*UTF8"):
            read(body, schema)


def test_parquet_is_never_read_in_the_event_loop(onnx_directory):
    """A few bytes may stand for millions of rows; /ping has to be answered meanwhile."""
    service = Service(Predictor(), engines.load(onnx_directory), Schema.read(onnx_directory))
    row = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
    asked = {
        "application/json": json.dumps([row]).encode(),
        "application/x-parquet": written({name: [value] for name, value in row.items()}),
    }
    answered = {kind: service.at_once(Request(body, kind, "*/*")) for kind, body in asked.items()}
    assert answered["application/json"] is not None
    assert answered["application/x-parquet"] is None


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=4))
def test_any_bytes_changed_are_read_or_refused(changes):
    body = bytearray(SMALL)
    for place, byte in changes:
        body[place] = byte
    with suppress(RequestError):
        assert len(read(bytes(body), MIXED)["a"]) == 30
