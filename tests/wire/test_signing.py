"""Signatures are the published ones, and no key material ever shows."""

import base64
import json
import logging
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from tradewire.errors import ConfigurationError
from tradewire.model.secret import Secret
from tradewire.wire.signing import Credentials, Ed25519, ExternalSigner, Hmac, Rsa, Signer, sha256_hex

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "binance-vectors.json").read_text())
ED25519_PEM: str = VECTORS["ed25519_key"]["private_key_pem"]
RSA_PEM: str = VECTORS["rsa_key"]["private_key_pem"]


def credentials_for(vector: dict[str, Any]) -> Credentials:
    match vector["scheme"]:
        case "HMAC-SHA256":
            return Hmac(vector.get("api_key", "key"), vector["secret"])
        case "Ed25519":
            return Ed25519("key", ED25519_PEM)
        case _:
            return Rsa("key", RSA_PEM)


@pytest.mark.parametrize("vector", VECTORS["signing"], ids=lambda vector: vector["name"])
def test_signatures_are_the_published_ones(vector: dict[str, Any]) -> None:
    signer = credentials_for(vector).signer
    signature = signer.sign(bytes.fromhex(vector["payload_hex"]) if "payload_hex" in vector else vector["payload"].encode())
    if vector["scheme"] == "HMAC-SHA256":
        assert signature.hex() == vector["signature"]
    else:
        assert base64.b64encode(signature).decode() == vector["signature"]


def test_a_pem_is_read_from_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(ED25519_PEM)
    expected = Ed25519("key", ED25519_PEM).signer.sign(b"x")
    assert Ed25519("key", file).signer.sign(b"x") == expected
    assert Ed25519("key", str(file)).signer.sign(b"x") == expected


def test_an_encrypted_pem_needs_its_password() -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - only this test makes keys

    key = serialization.load_pem_private_key(ED25519_PEM.encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"open sesame")
    ).decode()
    assert Ed25519("key", encrypted, password="open sesame").signer.sign(b"x") == Ed25519("key", ED25519_PEM).signer.sign(b"x")
    for password in (None, "wrong"):
        with pytest.raises(ConfigurationError, match="cannot read the private key"):
            Ed25519("key", encrypted, password=password)


def test_a_key_of_the_wrong_kind_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="another kind of key than ED25519"):
        Ed25519("key", RSA_PEM)
    with pytest.raises(ConfigurationError, match="another kind of key than RSA"):
        Rsa("key", ED25519_PEM)
    with pytest.raises(ConfigurationError, match="FileNotFoundError"):
        Rsa("key", tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="cannot read"):
        Ed25519("key", ED25519_PEM.replace("MC4C", "MC4D"))


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'tradewire\[sign\]'"):
        Ed25519("key", ED25519_PEM)


def test_a_key_may_live_outside_the_process() -> None:
    asked: list[bytes] = []

    def sign(message: bytes) -> bytes:
        asked.append(message)
        return b"signature"

    credentials = ExternalSigner("key", sign, scheme="ED25519")
    assert isinstance(credentials.signer, Signer)
    assert credentials.signer.scheme == "ED25519"
    assert credentials.signer.sign(b"message") == b"signature"
    assert asked == [b"message"]


@pytest.mark.parametrize(
    ("credentials", "scheme"),
    [
        (Hmac("ABCDEFGH", "the secret"), "HMAC-SHA256"),
        (Hmac("ABCDEFGH", Secret("the secret")), "HMAC-SHA256"),
        (Ed25519("ABCDEFGH", ED25519_PEM), "ED25519"),
        (Rsa("ABCDEFGH", RSA_PEM), "RSA-PKCS1-SHA256"),
        (ExternalSigner("ABCDEFGH", bytes), "HMAC-SHA256"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_credentials_show_four_characters_of_the_key_and_nothing_else(
    credentials: Credentials, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert repr(credentials) == f"{type(credentials).__name__}(key='ABCD…', scheme='{scheme}')"
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("%s %r %s", credentials, credentials, credentials.signer)
    for text in ("EFGH", "the secret", "PRIVATE"):
        assert text not in caplog.text
        assert text not in repr(credentials.signer)


@pytest.mark.parametrize("credentials", [Hmac("k", "the secret"), Ed25519("k", ED25519_PEM), Rsa("k", RSA_PEM)], ids=repr)
def test_credentials_with_a_key_cannot_be_pickled(credentials: Credentials) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(credentials)


def test_the_hash_of_nothing() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
