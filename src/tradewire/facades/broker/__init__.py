"""The broker's client as its documents describe it: ``BrokerWSClient`` (WebSocket) and ``BrokerClient`` (REST)."""

from tradewire.facades.broker.client import BrokerWSClient
from tradewire.facades.broker.dispatch import ErrorHandler, Handler, Message
from tradewire.facades.broker.rest import APIError, Balance, BrokerClient
from tradewire.facades.broker.settings import Limits

__all__ = ["APIError", "Balance", "BrokerClient", "BrokerWSClient", "ErrorHandler", "Handler", "Limits", "Message"]
