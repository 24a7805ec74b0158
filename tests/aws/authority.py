"""A certificate authority for one test, and the server certificates that it issues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOOPBACK = "127.0.0.1"


def write_certificates(folder: Path, ca: Path, hosts: Sequence[str] = (LOOPBACK,)) -> Path:
    """Write an authority's certificate to `ca`; return a file with a key and certificate for servers at `hosts`."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _name("Corp CA")
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    root = _certificate(authority, authority, ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=None))
    leaf = _certificate(_name("server"), authority, key, ca_key, names)
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    server = folder / "server.pem"
    server.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    return server


def _host(host: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(host)) if host == LOOPBACK else x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now, day = datetime.now(UTC), timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
    return builder.add_extension(extension, critical=False).sign(signer, hashes.SHA256())
