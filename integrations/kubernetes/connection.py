"""Opens the connection: loads the library, reads credentials and keeps them fresh. It sends nothing but what it is told.

Costs (v37): the library takes about 0.35 s and 20 MB to load beyond aiohttp, because its package imports its
synchronous twin too; its typed models, another second and 40 MB, stay unloaded. Hence: at the first call, in a thread,
never at import.
"""

import asyncio
import math
import ssl
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from bot.kit.errors import Unavailable
from integrations.kubernetes.errors import SYSTEM, CredentialsRefused, translated

# A rotated token file or an expired exec-plugin token is noticed within this many seconds.
_CREDENTIALS_FRESH_FOR = 60.0


class Requests(Protocol):
    """Somebody's way to an API server. `timeout` in seconds covers everything, opening the connection included."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: object | None = None,
        content_type: str | None = None,
        timeout: float,
    ) -> dict[str, Any]:
        """The decoded answer to one request."""

    async def text(self, path: str, *, query: Sequence[tuple[str, str]] = (), limit: int, timeout: float) -> str:
        """The answer to a GET that is not JSON: its first `limit` bytes."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An API server's address. `authority`: who vouches for its certificate (PEM), None: whoever the machine trusts;
    `server_name`: what that says, None: its host; `unverified`: it is not checked at all."""

    url: str
    authority: str | None
    server_name: str | None
    unverified: bool


class Connection:
    """One HTTP pool to one API server, with the bot's own credentials; and one without any, for those who bring theirs.

    `kubeconfig` is a path (or several, joined as KUBECONFIG joins them); None means the service account of the pod we
    run in. The current user's ~/.kube/config is deliberately never a fallback: a bot must not act in whatever cluster a
    person worked in last.
    """

    def __init__(self, *, kubeconfig: str | None, context: str | None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._opening = asyncio.Lock()
        self._own: _Pool | None = None
        self._others: _Pool | None = None
        self._api_errors: tuple[type[Exception], ...] = ()
        self._config_errors: tuple[type[Exception], ...] = ()
        self._loader: Any = None
        self._loaded_at = -math.inf

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: object | None = None,
        content_type: str | None = None,
        timeout: float,
    ) -> dict[str, Any]:
        sent = _Sent(method, path, query, body, content_type)
        return _object(await self._send(sent, timeout=timeout))

    async def text(self, path: str, *, query: Sequence[tuple[str, str]] = (), limit: int, timeout: float) -> str:
        return str(await self._send(_Sent("GET", path, query, text_limit=limit), timeout=timeout))

    async def endpoint(self, *, timeout: float) -> Endpoint:
        """Where the server is and who vouches for it, as this connection has it. Asks the server nothing."""
        try:
            async with asyncio.timeout(timeout):
                configuration = (await self._open(others=False)).configuration
                return await asyncio.to_thread(_endpoint, configuration)
        except TimeoutError as exc:
            raise Unavailable(SYSTEM, f"no answer within {timeout:g} s") from exc
        except OSError as exc:
            raise Unavailable(SYSTEM, f"its configuration cannot be used: {_short(exc)}") from exc

    def bearing(self, token: str) -> Requests:
        """The same server, asked by the bearer of `token`, who has nothing of the bot's credentials. It shares this
        connection's life: closing it is closing nothing."""
        return _Bearing(self, token)

    async def _send(self, sent: "_Sent", *, timeout: float, token: str | None = None) -> object:
        import aiohttp

        try:
            async with asyncio.timeout(timeout):
                pool = await self._open(others=token is not None)
                response = await pool.dynamic.request(
                    sent.method,
                    sent.path,
                    body=sent.body,
                    query_params=list(sent.query),
                    header_params={} if token is None else {"authorization": f"Bearer {token}"},
                    content_type=sent.content_type,
                    serialize=False,
                    # The library hands this to aiohttp as it is; asyncio.timeout above is the one that counts.
                    _request_timeout=aiohttp.ClientTimeout(total=timeout),
                )
                if sent.text_limit is None:
                    return await response.json()
                return await _beginning(response, sent.text_limit)
        except TimeoutError as exc:
            raise Unavailable(SYSTEM, f"no answer within {timeout:g} s") from exc
        except (aiohttp.ClientError, OSError, ssl.SSLError) as exc:
            raise Unavailable(SYSTEM, _short(exc)) from exc
        except ValueError as exc:
            raise Unavailable(SYSTEM, "it answered something that is not JSON") from exc
        except self._config_errors as exc:  # the mounted token, read again by the library, was empty or gone
            raise Unavailable(SYSTEM, f"its credentials cannot be read: {_short(exc)}") from exc
        except self._api_errors as exc:
            error = _translated(exc)
            if token is not None:
                raise (_refused() if isinstance(error, CredentialsRefused) else error) from exc
            if isinstance(error, Unavailable):
                self._loaded_at = -math.inf  # it may have been the credentials: read them again next time
            raise error from exc

    async def close(self) -> None:
        pools, self._own, self._others = (self._own, self._others), None, None
        for pool in pools:
            if pool is not None:
                await pool.client.close()

    async def _open(self, *, others: bool) -> "_Pool":
        if (pool := self._others if others else self._own) is not None:
            return pool
        async with self._opening:
            if self._own is None:
                library = await asyncio.to_thread(_load_library)
                configuration = library.new_configuration()
                self._config_errors = (library.config_error, OSError)
                await self._usable(self._load_credentials(library, configuration))
                self._api_errors = (library.api_error,)
                self._own = _pool(library, configuration)
            if others and self._others is None:
                library = await asyncio.to_thread(_load_library)
                self._others = _pool(library, _without_credentials(library, self._own.configuration))
            return self._others if others and self._others is not None else self._own

    async def _load_credentials(self, library: "_Library", configuration: Any) -> None:
        if self._kubeconfig is None:
            # Refreshes the mounted token by itself, every minute.
            library.load_incluster(client_configuration=configuration)
            return
        self._loader = await library.load_kubeconfig(
            config_file=self._kubeconfig,
            context=self._context,
            client_configuration=configuration,
            persist_config=False,
        )
        self._loaded_at = time.monotonic()
        configuration.refresh_api_key_hook = self._refresh

    async def _refresh(self, configuration: Any) -> None:
        """Called by the library before each request."""
        if time.monotonic() - self._loaded_at > _CREDENTIALS_FRESH_FOR:
            # Set first, so that of the calls that come together one refreshes and the others go on with what there is.
            self._loaded_at = time.monotonic()
            # Runs an exec plugin again only when its token has expired; re-reads token files.
            await self._usable(self._loader.load_and_set(configuration))

    async def _usable(self, loading: Awaitable[None]) -> None:
        """What the loader makes of a configuration that is gone, half-written or of another shape."""
        try:
            await loading
        except self._config_errors as exc:
            self._loaded_at = -math.inf
            raise Unavailable(SYSTEM, f"its configuration cannot be used: {_short(exc)}") from exc
        except (ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError) as exc:
            # The loader's words may quote the file, which holds secrets.
            raise Unavailable(SYSTEM, "its configuration is not a kubeconfig") from exc


class _Library:
    """What we use of `kubernetes.aio`, gathered so that one place imports it."""

    def __init__(self) -> None:
        from kubernetes.aio.client.api_client import ApiClient
        from kubernetes.aio.client.configuration import Configuration
        from kubernetes.aio.client.exceptions import ApiException
        from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config
        from kubernetes.aio.dynamic import DynamicClient

        self.new_configuration: Any = Configuration
        self.client: Any = ApiClient
        self.dynamic: Any = DynamicClient
        self.api_error: type[Exception] = ApiException
        self.config_error: type[Exception] = ConfigException
        self.load_incluster: Any = load_incluster_config
        self.load_kubeconfig: Any = load_kube_config


def _load_library() -> _Library:
    return _Library()


class _Bearing:
    """Requests of one who brings a token. It is held here, and sent; it is in no repr and in no error."""

    def __init__(self, connection: Connection, token: str) -> None:
        self._connection = connection
        self._token = token

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: object | None = None,
        content_type: str | None = None,
        timeout: float,
    ) -> dict[str, Any]:
        sent = _Sent(method, path, query, body, content_type)
        return _object(await self._connection._send(sent, timeout=timeout, token=self._token))

    async def text(self, path: str, *, query: Sequence[tuple[str, str]] = (), limit: int, timeout: float) -> str:
        sent = _Sent("GET", path, query, text_limit=limit)
        return str(await self._connection._send(sent, timeout=timeout, token=self._token))

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request. `text_limit`: its answer is text, of which so many bytes are read."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: object | None = None
    content_type: str | None = None
    text_limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Pool:
    client: Any
    dynamic: Any
    configuration: Any


def _pool(library: "_Library", configuration: Any) -> _Pool:
    client = library.client(configuration=configuration)
    # Not awaited on purpose: awaiting it discovers every resource and writes a cache file into /tmp.
    return _Pool(client, library.dynamic(client), configuration)


def _without_credentials(library: "_Library", configuration: Any) -> Any:
    """The same server by the same rules. A pool of its own, because a client certificate belongs to the connection: over the
    bot's, everybody would be the bot, whatever token they bring."""
    bare = library.new_configuration()
    for name in ("host", "ssl_ca_cert", "ca_cert_data", "verify_ssl", "tls_server_name", "proxy", "proxy_headers"):
        setattr(bare, name, getattr(configuration, name))
    return bare


def _endpoint(configuration: Any) -> Endpoint:
    authority = configuration.ca_cert_data
    if authority is None and configuration.ssl_ca_cert:
        authority = Path(configuration.ssl_ca_cert).read_text()
    elif isinstance(authority, bytes):
        authority = ssl.DER_cert_to_PEM_cert(authority)
    return Endpoint(
        str(configuration.host), authority, configuration.tls_server_name or None, not configuration.verify_ssl
    )


async def _beginning(response: Any, limit: int) -> str:
    """Its first bytes as text, whatever they are."""
    parts, left = [], limit
    while left > 0 and (part := await response.content.read(left)):
        parts.append(part)
        left -= len(part)
    response.close() if left <= 0 else response.release()
    return b"".join(parts).decode("utf-8", "replace")


def _refused() -> CredentialsRefused:
    return CredentialsRefused(SYSTEM, "it does not accept this token, which may have ended")


def _object(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise Unavailable(SYSTEM, "it answered something that is not an object")
    return answer


def _translated(exc: Any) -> Exception:
    headers: Mapping[str, str] | None = exc.headers
    return translated(int(exc.status or 0), exc.body, headers)


def _short(exc: Exception) -> str:
    """The first line of a connection error, which never holds more than addresses."""
    text = str(exc).splitlines()
    return text[0] if text else type(exc).__name__
