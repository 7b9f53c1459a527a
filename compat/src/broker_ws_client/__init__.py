"""Import path of the user documents for ``BrokerWSClient``."""

from tradewire.facades.broker import BrokerWSClient

__all__ = ["BrokerWSClient"]
