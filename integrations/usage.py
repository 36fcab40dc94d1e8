"""What namespaces use, as cAdvisor's series in Prometheus tell. Asks, and decides nothing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from integrations.prometheus import Prometheus

# As the kubelet exports them; kube-prometheus and OpenCost expect the same names.
_CORES: Final = 'container_cpu_usage_seconds_total{namespace!="",container!="",container!="POD"}'
_RECEIVED: Final = 'container_network_receive_bytes_total{namespace!=""}'
_SENT: Final = 'container_network_transmit_bytes_total{namespace!=""}'
_REMEMBERED: Final = "1d"


class Usage:
    """By namespace, averaged over the last `window`. Nothing runs in a namespace of which there was something within a day and is
    nothing now: that is 0. One of which there was nothing is missing, for nobody knows. None: there is no Prometheus, or none
    that has such series. Raises Unavailable when it does not answer."""

    def __init__(self, prometheus: Prometheus | None) -> None:
        self._prometheus = prometheus

    async def cores(self, window: timedelta) -> Mapping[str, float] | None:
        return await self._by_namespace((_CORES,), window)

    async def traffic(self, window: timedelta) -> Mapping[str, float] | None:
        """Bytes a second, in and out."""
        return await self._by_namespace((_RECEIVED, _SENT), window)

    async def _by_namespace(self, counters: tuple[str, ...], window: timedelta) -> Mapping[str, float] | None:
        if self._prometheus is None:
            return None
        found: dict[str, float] = {}
        for counter in counters:
            now = f"sum by (namespace) (rate({counter}[{window.total_seconds():.0f}s]))"
            before = f"0 * sum by (namespace) (count_over_time({counter}[{_REMEMBERED}]))"
            for sample in await self._prometheus.query(f"{now} or {before}"):
                namespace = sample.labels.get("namespace", "")
                found[namespace] = found.get(namespace, 0.0) + sample.value
        return found or None
