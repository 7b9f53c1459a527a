import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.venues.theone import auth
from tradewire.venues.theone.server.remarshal import remarshal


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("", ""),
        ("null", ""),
        ("{}", "{}"),
        ('{ "b": 1,\n"a" : [1.50, 100.0, true, null] }', '{"a":[1.5,100,true,null],"b":1}'),
        ('{"id":"\\u0437\\ud83d\\ude80"}', '{"id":"з🚀"}'),
        ('{"id":"a<b&c>\u2028\u2029"}', '{"id":"a\\u003cb\\u0026c\\u003e\\u2028\\u2029"}'),
        ('{"id":"a\\u003cb"}', '{"id":"a\\u003cb"}'),
    ],
)
def test_json_comes_out_the_way_go_writes_it(raw: str, text: str) -> None:
    assert remarshal(raw.encode()).decode() == text


@pytest.mark.parametrize("raw", ["{", '{"id":"\\ud800"}'])
def test_what_go_could_not_write_is_an_error(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        remarshal(raw.encode())


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | text, lambda inner: st.lists(inner) | st.dictionaries(text, inner)
)


@given(st.dictionaries(text, values))
def test_the_clients_payloads_are_unchanged(payload: dict[str, object]) -> None:
    written = auth.compact(payload)
    assert remarshal(written) == written
    assert remarshal(json.dumps(payload, indent=1).encode()) == written
