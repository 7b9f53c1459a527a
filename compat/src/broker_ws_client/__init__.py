"""Import path of the user documents for ``BrokerWSClient``."""
