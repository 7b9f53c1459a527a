"""Import path of the user documents for ``BrokerClient``."""

from tradewire.facades.broker import APIError, Balance, BrokerClient

__all__ = ["APIError", "Balance", "BrokerClient"]
