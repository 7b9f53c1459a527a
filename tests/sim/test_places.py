"""Where simulated venues live."""

import pytest

from tradewire.errors import UnknownVenue
from tradewire.sim.places import endpoints_at, fixed_endpoints
from tradewire.venues.spec import Endpoints


def test_every_place_of_a_venue_moves_to_the_port() -> None:
    assert fixed_endpoints("theone") == Endpoints("http://127.0.0.1:8701", {"stream": "ws://127.0.0.1:8701/ws/v1/stream"})
    assert endpoints_at(9000, "theone") == Endpoints("http://127.0.0.1:9000", {"stream": "ws://127.0.0.1:9000/ws/v1/stream"})
    with pytest.raises(UnknownVenue):
        fixed_endpoints("nowhere")
