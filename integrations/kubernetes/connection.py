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
from typing import Any

import yaml

from bot.kit.errors import Unavailable
from integrations.kubernetes.errors import SYSTEM, translated

# A rotated token file or an expired exec-plugin token is noticed within this many seconds.
_CREDENTIALS_FRESH_FOR = 60.0


class Connection:
    """One HTTP pool to one API server.

    `kubeconfig` is a path (or several, joined as KUBECONFIG joins them); None means the service account of the pod we
    run in. The current user's ~/.kube/config is deliberately never a fallback: a bot must not act in whatever cluster a
    person worked in last.
    """

    def __init__(self, *, kubeconfig: str | None, context: str | None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._opening = asyncio.Lock()
        self._client: Any = None
        self._dynamic: Any = None
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
        """The decoded answer to one request. `timeout` in seconds covers everything, opening the connection included."""
        import aiohttp

        try:
            async with asyncio.timeout(timeout):
                dynamic = await self._open()
                answer = await dynamic.request(
                    method,
                    path,
                    body=body,
                    query_params=list(query),
                    header_params={},
                    content_type=content_type,
                    serializer=_as_it_is,
                    # The library hands this to aiohttp as it is; asyncio.timeout above is the one that counts.
                    _request_timeout=aiohttp.ClientTimeout(total=timeout),
                )
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
            if isinstance(error, Unavailable):
                self._loaded_at = -math.inf  # it may have been the credentials: read them again next time
            raise error from exc
        if not isinstance(answer, dict):
            raise Unavailable(SYSTEM, "it answered something that is not an object")
        return answer

    async def close(self) -> None:
        client, self._client, self._dynamic = self._client, None, None
        if client is not None:
            await client.close()

    async def _open(self) -> Any:
        if self._dynamic is not None:
            return self._dynamic
        async with self._opening:
            if self._dynamic is None:
                library = await asyncio.to_thread(_load_library)
                configuration = library.new_configuration()
                self._config_errors = (library.config_error, OSError)
                await self._usable(self._load_credentials(library, configuration))
                self._api_errors = (library.api_error,)
                self._client = library.client(configuration=configuration)
                # Not awaited on purpose: awaiting it discovers every resource and writes a cache file into /tmp.
                self._dynamic = library.dynamic(self._client)
        return self._dynamic

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


def _as_it_is(_client: object, data: object) -> object:
    return data


def _translated(exc: Any) -> Exception:
    headers: Mapping[str, str] | None = exc.headers
    return translated(int(exc.status or 0), exc.body, headers)


def _short(exc: Exception) -> str:
    """The first line of a connection error, which never holds more than addresses."""
    text = str(exc).splitlines()
    return text[0] if text else type(exc).__name__
