"""The import paths of the broker's documents."""

import broker_client
import broker_ws_client
import tradewire.facades.broker as facade


def test_the_documented_names_are_the_facades_own() -> None:
    assert broker_ws_client.BrokerWSClient is facade.BrokerWSClient
    assert (broker_client.BrokerClient, broker_client.APIError, broker_client.Balance) == (
        facade.BrokerClient,
        facade.APIError,
        facade.Balance,
    )
