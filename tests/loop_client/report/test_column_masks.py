"""A column is masked like single texts."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client.report.column_masks import Mask
from loop_client.report.masking import People, masked_text

SALT = bytes(range(32))
LETTERS = "aAbeÉéE\u0301ßʼ'`-_=@.1２²①٣\u00a0 \t\n\u200b\uff10日ก\u0e33Σς\u0345ſK"
ASCII = "aAb-_='`.1 "
IDS = st.lists(
    st.text(LETTERS, min_size=1, max_size=4)
    | st.text(ASCII, min_size=1, max_size=4)
    | st.sampled_from(["u_7", "cus-123456", "@bob", "Zoe\u0308"]),
    max_size=4,
)
REACH = [
    "anna@example.com",
    "a\uff20b.example",
    "x%40y.example",
    "0170 1234567",
    "\uff11\uff12\uff13\uff14\uff15\uff16",
    "é 1-2-3-4-5-6",
]
TEXTS = st.lists(
    st.text(LETTERS, max_size=14) | st.text(ASCII, max_size=14) | st.text(max_size=14) | st.sampled_from(REACH),
    max_size=6,
)


@settings(max_examples=300)
@given(IDS, TEXTS)
def test_a_column_is_masked_as_each_text_is(user_ids: list[str], texts: list[str]) -> None:
    """A masked column equals its texts masked one by one, with ids in any script and form."""
    people = People.of(user_ids)
    texts = [f"{text} {one}" for text in texts for one in ("", *user_ids)] + texts

    masked = Mask(people, SALT).texts(pa.array(texts, pa.large_string())).to_pylist()

    assert masked == [masked_text(text, people.named_in(text), SALT) for text in texts]
