"""What comes before and around a REST call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig


def test_an_answer_has_an_empty_list_of_errors_and_a_result(rig: Rig) -> None:
    response = rig.get("/0/public/SystemStatus")
    assert response.body == b'{"error":[],"result":{"status":"online","timestamp":"2023-10-04T16:26:01Z"}}'
    assert response.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/", "/0/public/Nothing", "/0/private/Balance", "/0/private/GetWebSocketsToken"])
def test_what_is_not_served_is_unknown(rig: Rig, path: str) -> None:
    response = rig.get(path, method="POST")
    assert (response.status, response.body) == (200, b'{"error":["EGeneral:Unknown method"]}')


def test_errors_come_in_the_body_without_a_result(rig: Rig) -> None:
    assert rig.body("/0/public/Depth?pair=NOPE") == {"error": ["EQuery:Unknown asset pair"]}


def test_parameters_may_stand_in_the_query_or_in_a_form(rig: Rig) -> None:
    in_query = rig.body("/0/public/Depth?pair=XBT%2FUSD&count=1")
    assert in_query["error"] == []
    assert rig.body("/0/public/Depth", method="POST", body=b"pair=XBTUSD&count=1") == in_query
