"""How TheOne signs, on both transports.

A signature is the lower-case hex HMAC-SHA-256 of five fields joined with line feeds: method, path, timestamp in
milliseconds, nonce, SHA-256 of the body. On the WebSocket the method is ``WS`` and the paths are fixed, whatever the URL
(AUTHENTICATION_GUIDE_EN.md, WEBSOCKET_DOCUMENTATION_EN.md). All three published clients use as HMAC key the padded
base64url text of the secret's SHA-256; the documentation's samples use the secret itself. Both modes are offered.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, NamedTuple

import msgspec

from tradewire.errors import ConfigurationError, LocalProtocolError
from tradewire.model.secret import Secret
from tradewire.wire.signing import Credentials, HmacSigner, Signer, sha256_hex

#: Signed by ``auth``, also where the connection's URL has another path.
STREAM_PATH = "/ws/v1/stream"
#: Method of everything signed on the WebSocket.
STREAM_METHOD = "WS"

DERIVED = "sha256-b64url"
RAW = "raw"
KEY_MODES = (DERIVED, RAW)

#: Written as escapes, because one possible server rule is to decode ``data`` and to encode it again the Go way.
_GO_ESCAPES = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


class Stamp(NamedTuple):
    """What makes each signature unlike any other.

    Attributes:
        timestamp: Milliseconds since the epoch, by the broker's clock; refused when more than 30 s off.
        nonce: A text never used before with the same key.
    """

    timestamp: int | str
    nonce: str


def operation_path(op: str) -> str:
    """Return the path that the signature of operation ``op`` covers."""
    return f"/ws/v1/{op}"


def derived_key(secret: str) -> str:
    """Return the 44 characters that serve as HMAC key in the mode ``sha256-b64url``; the text itself is the key."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()


def signer_of(credentials: Credentials, key_mode: str) -> Signer:
    """Return what signs for ``credentials``.

    Only a shared secret is derived. Any other signer is handed the canonical bytes: its key is its owner's business.

    Raises:
        ConfigurationError: ``key_mode`` is none of ``KEY_MODES``.
    """
    if key_mode not in KEY_MODES:
        raise ConfigurationError(f"key_mode={key_mode!r} is unknown; use one of {', '.join(KEY_MODES)}", venue="theone")
    signer = credentials.signer
    if key_mode == DERIVED and isinstance(signer, HmacSigner):
        return HmacSigner(Secret(derived_key(signer.secret.reveal())))
    return signer


def canonical(method: str, path: str, stamp: Stamp, body: bytes = b"") -> bytes:
    r"""Return the bytes that are signed.

    Example: ``WS\n/ws/v1/stream\n1732526400000\n1732526400000000000_1\ne3b0c442…``.

    Args:
        method: ``WS``, or the HTTP method in upper case.
        path: ``STREAM_PATH``, ``operation_path(op)``, or the REST target with its query exactly as sent.
        stamp: As sent.
        body: The exact bytes of ``data`` or of the REST body; nothing where there is none.
    """
    return "\n".join((method, path, str(stamp.timestamp), stamp.nonce, sha256_hex(body))).encode()


def signature(signer: Signer, method: str, path: str, stamp: Stamp, body: bytes = b"") -> str:
    """Return the lower-case hex signature of the canonical string. Arguments as for ``canonical``."""
    return signer.sign(canonical(method, path, stamp, body)).hex()


def compact(value: Any) -> bytes:
    r"""Serialise a payload in the one form that any server rule accepts: sorted keys, no spaces, plain UTF-8, Go's escapes.

    What is hashed must be what is sent, so call this once and send these bytes.
    Example: ``{"amountIn":"100","assetIn":"ETH","assetOut":"USDT"}``.

    Raises:
        LocalProtocolError: The payload holds a float, a control character, half a surrogate pair, or no JSON value at all.
    """
    _check(value)
    try:
        text = msgspec.json.encode(value, order="sorted")
    except (TypeError, ValueError) as error:
        raise LocalProtocolError(f"the payload cannot be written as JSON: {error}", venue="theone") from None
    for plain, escaped in _GO_ESCAPES:
        text = text.replace(plain, escaped)
    return text


def _check(value: Any) -> None:
    match value:
        case float():
            raise LocalProtocolError(f"{value!r} is a float; amounts are decimal text such as '1.5'", venue="theone")
        case str() if any(character < " " for character in value):
            raise LocalProtocolError(f"{value!r} holds a control character", venue="theone")
        case dict():
            for name, member in value.items():
                _check(name)
                _check(member)
        case list() | tuple():
            for member in value:
                _check(member)


def auth_frame(key: str, stamp: Stamp, sig: str) -> bytes:
    """Return the login frame: ``{"op":"auth","key":"…","ts":1732526400000,"nonce":"…","sig":"…"}``."""
    return msgspec.json.encode({"op": "auth", "key": key, "ts": stamp.timestamp, "nonce": stamp.nonce, "sig": sig})


def signed_frame(op: str, stamp: Stamp, sig: str, data: bytes = b"") -> bytes:
    """Return the frame of a signed operation; ``data`` is spliced in as it was hashed, and left out where there is none."""
    head = msgspec.json.encode({"op": op, "ts": stamp.timestamp, "nonce": stamp.nonce, "sig": sig})
    return head[:-1] + b',"data":' + data + b"}" if data else head


def channel_frame(op: str, name: str) -> bytes:
    """Return the unsigned frame of ``subscribe`` or ``unsubscribe``: ``{"op":"subscribe","ch":"balances"}``."""
    return msgspec.json.encode({"op": op, "ch": name})
