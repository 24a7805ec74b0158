"""Sends HTTP requests, with limits on how long to wait for an answer and how much of it to read."""

from __future__ import annotations

from functools import lru_cache
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ConnectionClosedError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as Urllib3ReadTimeoutError

from shellvault.aws.certificates import CertifiedSession, find_built_in
from shellvault.aws.client_settings import require_proxy

if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.aws.patience import Patience

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 15  # seconds until the next byte
MOST = 1 << 20  # bytes; fifty times the largest answers, which are lists of accounts
_PIECE = 1 << 16
_MOST_SESSIONS = 16
_FAILED = 500  # from this HTTP status on, the service itself has failed


class LateAnswerError(BotoCoreError):
    """The answer was not complete in time; botocore does not try again."""

    fmt = "no answer within {seconds:g} s"


class LargeAnswerError(BotoCoreError):
    """The answer is too large."""

    fmt = "an answer of more than {most} bytes"


class BoundedSession:
    """Sends requests as botocore does, within the network's patience.

    Args:
        network: certificates and proxies, and how long to wait.
        url: the endpoint that is asked.
        direct: whether to bypass proxies.
        timeout: seconds to connect, and to wait for the next byte, if not the usual ones.
    """

    def __init__(self, network: Network, url: str, *, direct: bool = False, timeout: float = 0) -> None:
        proxies = {} if direct else network.proxies_for(url)
        require_proxy(url, proxies)
        timeouts = (timeout or CONNECT_TIMEOUT, timeout or READ_TIMEOUT)
        certificates = network.certificates_for(url)
        built_in = find_built_in() if url.startswith("https://") and not certificates else ()
        self._http: Any = _share_session(certificates, built_in, tuple(sorted(proxies.items())), timeouts)
        self._patience: Patience = network.patience

    def send(self, request: Any) -> AWSResponse:
        """Return the answer to a prepared request.

        Raises:
            BotoCoreError: no answer came, it came too late, or it is too large.
        """
        request.stream_output = True  # else botocore reads the body to its end, whatever its size
        try:
            where = urlsplit(str(request.url)).netloc
            return self._patience.wait(lambda: self._fetch(request), where, _is_answer)
        except TimeoutError:
            raise LateAnswerError(seconds=self._patience.limit) from None

    def _fetch(self, request: Any) -> AWSResponse:
        answer = self._http.send(request)
        try:
            body = _read_body(answer.raw)
        except Urllib3ReadTimeoutError as error:
            raise ReadTimeoutError(endpoint_url=answer.url, error=error) from None
        except (HTTPError, HTTPException, OSError) as error:
            raise ConnectionClosedError(endpoint_url=answer.url, error=error) from None
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Body(body))


@lru_cache(maxsize=_MOST_SESSIONS)
def _share_session(
    certificates: str, built_in: tuple[object, ...], proxies: tuple[tuple[str, str], ...], timeouts: tuple[float, float]
) -> CertifiedSession:
    """Return a session whose connections later calls to the same host reuse, as in the agent.

    If anything differs, even the content of the certificates, those connections are not reused.
    """
    return CertifiedSession(
        certificates, is_secure=bool(certificates or built_in), proxies=dict(proxies), timeout=timeouts
    )


def _read_body(stream: Any) -> bytes:
    body = bytearray()
    while piece := stream.read(_PIECE):
        body += piece
        if len(body) > MOST:
            stream.close()
            raise LargeAnswerError(most=MOST)
    return bytes(body)


def _is_answer(answer: AWSResponse) -> bool:
    """Return whether the service, or something in front of it, has decided; botocore retries after failures."""
    return answer.status_code < _FAILED


class _Body:
    """A body that was already read, in the form that botocore expects."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        """Return the body in one piece."""
        return [self._content]
