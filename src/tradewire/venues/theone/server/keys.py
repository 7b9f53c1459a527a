"""The broker's keys: made, listed and revoked over REST (API_DOCUMENTATION_EN.md, "API Keys")."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

import msgspec

from tradewire.model.time import Nanos, iso, utc
from tradewire.venues.backend import Account, Backend
from tradewire.venues.theone.server.balances import Balances
from tradewire.venues.theone.server.options import ServerOptions
from tradewire.venues.theone.server.refusal import BAD_REQUEST, NOT_FOUND, Refusal

MOST_PER_PAGE = 100
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


class KeyRequest(msgspec.Struct, frozen=True):
    """``{"name":"desk","description":"","is_active":true,"permissions":["read","trade"],"expires_at":"2027-01-01T00:00:00Z"}``."""

    name: str
    description: str = ""
    is_active: bool = True
    permissions: tuple[str, ...] = ("read",)
    expires_at: datetime | None = None
    metadata: dict[str, Any] = {}


class KeyRecord(msgspec.Struct):
    """A key that was made here. Its secret is in the account alone."""

    uuid: str
    account: Account
    request: KeyRequest
    created_at: Nanos
    last_used_at: Nanos | None = None

    def shown(self) -> dict[str, Any]:
        """The key as it is shown once it exists: without its secret."""
        return {
            "uuid": self.uuid,
            "key": self.account.key,
            "name": self.request.name,
            "is_active": self.account.active,
            "permissions": list(self.request.permissions),
            "created_at": iso(self.created_at),
        }

    def listed(self) -> dict[str, Any]:
        """The key as an entry of the list."""
        return self.shown() | {
            "description": self.request.description,
            "updated_at": iso(self.created_at),
            "last_used_at": None if self.last_used_at is None else iso(self.last_used_at),
            "expires_at": self.request.expires_at,
            "metadata": self.request.metadata,
        }


class Keys:
    """Which keys are good. Each key made here has an account of its own; what is random elsewhere is a digest of its number.

    Args:
        backend: Has the accounts.
        balances: Opens new ones.
        options: What a new account holds.
    """

    def __init__(self, backend: Backend, balances: Balances, options: ServerOptions) -> None:
        self._backend = backend
        self._balances = balances
        self._options = options
        self._numbers = count(1)
        self._records: dict[str, KeyRecord] = {}

    def account(self, key: str, now: Nanos) -> Account | None:
        """Return the account of a key that is active and has not expired."""
        account = self._backend.accounts.get(key)
        if account is None or not account.active:
            return None
        record = next((record for record in self._records.values() if record.account.key == key), None)
        if record is not None:
            expires = record.request.expires_at
            if expires is not None and expires <= utc(now):
                return None
            record.last_used_at = now
        return account

    def create(self, body: bytes, now: Nanos) -> dict[str, Any]:
        """Make a key and return it with its secret, this once.

        Raises:
            Refusal: The body is no such request.
        """
        try:
            request = msgspec.json.decode(body, type=KeyRequest)
        except (ValueError, RecursionError):
            raise Refusal(*BAD_REQUEST) from None
        expires = request.expires_at
        if not request.name or not {"read", "trade"} >= set(request.permissions) or (expires and expires.tzinfo is None):
            raise Refusal(*BAD_REQUEST)
        digest = hashlib.sha512(b"theone key %d" % next(self._numbers)).digest()
        text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        name = str(uuid.UUID(bytes=digest[:16], version=4))
        secret = hashlib.sha256(digest).hexdigest()
        account = Account(name, f"ak_{text[:43]}", secret, frozenset(request.permissions), request.is_active)
        record = KeyRecord(name, account, request, now)
        self._balances.open(account, self._options.new_account_balances)
        self._records[name] = record
        return record.shown() | {"secret": secret, "description": request.description, "expires_at": expires}

    def get(self, name: str) -> KeyRecord:
        """Return a key by its uuid.

        Raises:
            Refusal: There is none.
        """
        if name not in self._records:
            raise Refusal(*NOT_FOUND)
        return self._records[name]

    def delete(self, name: str) -> None:
        """Revoke a key.

        Raises:
            Refusal: There is none.
        """
        self.get(name).account.active = False
        del self._records[name]

    def page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return a page of the list; ``limit`` 20 by default, 100 at most.

        Raises:
            Refusal: ``limit`` or ``offset`` is no number.
        """
        limit, offset = query.get("limit", "20"), query.get("offset", "0")
        if not (_NUMBER.fullmatch(limit) and _NUMBER.fullmatch(offset)):
            raise Refusal(*BAD_REQUEST)
        size, start = min(int(limit), MOST_PER_PAGE), int(offset)
        rows = [record.listed() for record in self._records.values()][start : start + size]
        return {"api_keys": rows, "pagination": {"count": len(rows), "limit": size, "offset": start}}
