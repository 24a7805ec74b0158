"""Sends HTTP requests, and waits for no answer too long and reads none that is too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, SSLError
from botocore.httpsession import URLLib3Session

from shellvault.aws.client_settings import require_certificates, require_proxy

if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.aws.patience import Patience

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 15  # seconds until the next byte
MOST = 1 << 20  # bytes; the largest answers, lists of accounts, have a fiftieth of it
_PIECE = 1 << 16


class LateAnswerError(BotoCoreError):
    """There was no whole answer in time; botocore does not try again."""

    fmt = "no answer within {seconds:g} s"


class LargeAnswerError(BotoCoreError):
    """The answer is too large."""

    fmt = "an answer of more than {most} bytes"


class BoundedSession:
    """Sends requests as botocore does, within the network's patience.

    Args:
        network: certificates and proxies, and how long to wait.
        url: the endpoint that is asked.
        direct: no proxy is used.
        timeout: seconds to connect, and to wait for the next byte, where they differ from the usual ones.
    """

    def __init__(self, network: Network, url: str, *, direct: bool = False, timeout: float = 0) -> None:
        create: Any = URLLib3Session  # its types know fewer arguments than it takes
        proxies = {} if direct else network.proxies_for(url)
        require_proxy(url, proxies)
        timeouts = (timeout or CONNECT_TIMEOUT, timeout or READ_TIMEOUT)
        self._http = create(verify=network.verify_for(url), proxies=proxies, timeout=timeouts)
        self._ca_bundle = network.ca_bundle
        self._patience: Patience = network.patience

    def send(self, request: Any) -> AWSResponse:
        """Return the answer to a prepared request.

        Raises:
            BotoCoreError: there was none, not in time, or too large a one.
        """
        request.stream_output = True  # else botocore reads the body to its end, whatever its size
        try:
            return self._patience.wait(lambda: self._fetch(request), urlsplit(str(request.url)).netloc)
        except TimeoutError:
            raise LateAnswerError(seconds=self._patience.limit) from None
        except SSLError:
            require_certificates(self._ca_bundle)
            raise

    def _fetch(self, request: Any) -> AWSResponse:
        answer = self._http.send(request)
        body = bytearray()
        while piece := answer.raw.read(_PIECE):
            body += piece
            if len(body) > MOST:
                answer.raw.close()
                raise LargeAnswerError(most=MOST)
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Body(bytes(body)))


class _Body:
    """A body that has been read, as botocore takes it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        """Return it in one piece."""
        return [self._content]
