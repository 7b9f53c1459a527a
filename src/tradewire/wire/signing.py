"""Keys and signatures, behind an interface, so that a key can stay outside the process.

``Hmac`` needs only the standard library; ``Ed25519`` and ``Rsa`` need the extra ``sign`` (package ``cryptography``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tradewire.errors import ConfigurationError
from tradewire.model.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


@runtime_checkable
class Signer(Protocol):
    """Turns a message into raw signature bytes."""

    @property
    def scheme(self) -> str:
        """``HMAC-SHA256``, ``ED25519`` or ``RSA-PKCS1-SHA256``."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature (not hex, not base64) of ``message``."""
        ...


class Credentials:
    """An API key and what signs for it. Its repr shows the first four characters of the key only.

    Args:
        key: The API key, as sent to the venue.
        signer: Signs for it.
    """

    def __init__(self, key: str, signer: Signer) -> None:
        self.key = key
        self.signer = signer

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key='{self.key[:4]}…', scheme={self.signer.scheme!r})"


class HmacSigner:
    """HMAC-SHA-256 with a secret text, used as UTF-8."""

    scheme = "HMAC-SHA256"

    def __init__(self, secret: Secret) -> None:
        self.secret = secret

    def sign(self, message: bytes) -> bytes:
        """Return the 32 bytes of HMAC-SHA-256."""
        return hmac.digest(self.secret.reveal().encode(), message, "sha256")


class Hmac(Credentials):
    """Key and shared secret.

    Args:
        key: The API key.
        secret: The shared secret; kept as a ``Secret``.
    """

    signer: HmacSigner

    def __init__(self, key: str, secret: str | Secret) -> None:
        super().__init__(key, HmacSigner(secret if isinstance(secret, Secret) else Secret(secret)))


class ExternalSigner(Credentials):
    """A key that lives elsewhere: another process, a hardware module, a service.

    Args:
        key: The API key.
        sign: Called with the message, returns the raw signature bytes.
        scheme: What ``sign`` computes.
    """

    def __init__(self, key: str, sign: Callable[[bytes], bytes], *, scheme: str = "HMAC-SHA256") -> None:
        super().__init__(key, _CallableSigner(sign, scheme))


class _CallableSigner:
    def __init__(self, sign: Callable[[bytes], bytes], scheme: str) -> None:
        self._sign = sign
        self.scheme = scheme

    def sign(self, message: bytes) -> bytes:
        return self._sign(message)


class Ed25519(Credentials):
    """Key and an Ed25519 private key in PEM.

    Args:
        key: The API key.
        pem: Path of the PEM file, or its text.
        password: Of an encrypted PEM.

    Raises:
        ConfigurationError: The extra ``sign`` is missing, or the key cannot be read.
    """

    def __init__(self, key: str, pem: str | Path, *, password: str | None = None) -> None:
        super().__init__(key, _PemSigner(pem, password, "ED25519"))


class Rsa(Credentials):
    """Key and an RSA private key in PEM (PKCS #1 v1.5 with SHA-256). Arguments and errors as ``Ed25519``."""

    def __init__(self, key: str, pem: str | Path, *, password: str | None = None) -> None:
        super().__init__(key, _PemSigner(pem, password, "RSA-PKCS1-SHA256"))


class _PemSigner:
    def __init__(self, pem: str | Path, password: str | None, scheme: str) -> None:
        self.scheme = scheme
        self._key = _load_pem(pem, password)
        expected = "Ed25519PrivateKey" if scheme == "ED25519" else "RSAPrivateKey"
        if expected not in type(self._key).__name__:
            raise ConfigurationError(f"the PEM holds another kind of key than {scheme}; export the right one")

    def sign(self, message: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - optional extra
        from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa  # noqa: PLC0415 - optional extra

        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        assert isinstance(self._key, rsa.RSAPrivateKey)  # noqa: S101 - checked in __init__
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def _load_pem(pem: str | Path, password: str | None) -> PrivateKeyTypes:
    try:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - optional extra
    except ImportError:
        raise ConfigurationError("Ed25519 and RSA keys need the extra: pip install 'tradewire[sign]'") from None
    try:
        text = pem if isinstance(pem, str) and pem.lstrip().startswith("-----") else Path(pem).read_text()
        return load_pem_private_key(text.encode(), password.encode() if password else None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"cannot read the private key: {type(error).__name__}; give a PEM file or its text") from None


def sha256_hex(data: bytes) -> str:
    """Lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()
