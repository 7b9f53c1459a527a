"""Whether a request comes from the holder of a key, now, and for the first time."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import msgspec

from tradewire.model.secret import Secret
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.backend import Account
from tradewire.venues.theone import auth
from tradewire.venues.theone.server.options import ServerOptions
from tradewire.venues.theone.server.refusal import BAD_SIGNATURE, STALE, USED_NONCE, Refusal
from tradewire.venues.theone.server.remarshal import remarshal
from tradewire.wire.signing import HmacSigner


class Signed(msgspec.Struct, frozen=True):
    """A request as it is to be checked.

    Attributes:
        method: ``WS`` or the HTTP method.
        path: What the signature covers.
        ts: Milliseconds since the epoch, of whatever type came.
        nonce: Of whatever type came.
        sig: Of whatever type came.
        body: The bytes received.
    """

    method: str
    path: str
    ts: Any
    nonce: Any
    sig: Any
    body: bytes = b""


class Verifier:
    """Checks timestamp, signature and nonce, in this order, and remembers nonces per key for both transports.

    Args:
        options: Key mode, body rule, time window, and for how long nonces are remembered.
    """

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._nonces: dict[str, dict[str, Nanos]] = {}

    def nonces(self, key: str) -> tuple[str, ...]:
        """Return the nonces remembered for ``key``, oldest first."""
        return tuple(self._nonces.get(key, ()))

    def check(self, account: Account, signed: Signed, now: Nanos) -> None:
        """Accept a request and remember its nonce. A forged request does not burn one.

        Raises:
            Refusal: Stale, forged, or seen before.
        """
        if type(signed.ts) is not int or abs(now // MILLISECOND - signed.ts) > self._options.ts_window_ms:
            raise Refusal(*STALE)
        if not self._is_signed(account, signed):
            raise Refusal(*BAD_SIGNATURE)
        self._use(account.key, signed.nonce, now)

    def _is_signed(self, account: Account, signed: Signed) -> bool:
        if not isinstance(signed.sig, str):
            return False
        sig = signed.sig.encode()
        stamp = auth.Stamp(signed.ts, signed.nonce if isinstance(signed.nonce, str) else "")
        signers = [HmacSigner(Secret(secret)) for secret in self._hmac_keys(account.secret)]

        def fits(body: bytes) -> bool:
            expected = (auth.signature(signer, signed.method, signed.path, stamp, body) for signer in signers)
            return any(hmac.compare_digest(text.encode(), sig) for text in expected)

        return self._body_fits(signed, fits)

    def _hmac_keys(self, secret: str) -> tuple[str, ...]:
        match self._options.key_mode:
            case "raw":
                return (secret,)
            case "either":
                return (auth.derived_key(secret), secret)
            case _:
                return (auth.derived_key(secret),)

    def _body_fits(self, signed: Signed, fits: Callable[[bytes], bool]) -> bool:
        """Over REST the body is signed as sent; on the WebSocket the rule for ``data`` is an option."""
        rule = self._options.body_rule if signed.method == auth.STREAM_METHOD else "raw"
        if rule in {"raw", "both"} and not (fits(signed.body) or (signed.body == b"null" and fits(b""))):
            return False
        if rule == "raw":
            return True
        try:
            return fits(remarshal(signed.body))
        except (ValueError, RecursionError):
            return False

    def _use(self, key: str, nonce: object, now: Nanos) -> None:
        if not isinstance(nonce, str) or not nonce or "\n" in nonce:
            raise Refusal(*USED_NONCE)
        oldest = now - self._options.nonce_ttl_s * SECOND
        seen = self._nonces.setdefault(key, {})
        while seen and seen[first := next(iter(seen))] < oldest:
            del seen[first]
        if nonce in seen:
            raise Refusal(*USED_NONCE)
        seen[nonce] = now
