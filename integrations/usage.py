"""What namespaces use, as cAdvisor's series in Prometheus tell. Asks, and decides nothing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from integrations.prometheus import Prometheus

# As the kubelet exports them; kube-prometheus and OpenCost expect the same names.
_CORES: Final = 'rate(container_cpu_usage_seconds_total{{namespace!="",container!="",container!="POD"}}[{window}])'
_RECEIVED: Final = 'rate(container_network_receive_bytes_total{{namespace!=""}}[{window}])'
_SENT: Final = 'rate(container_network_transmit_bytes_total{{namespace!=""}}[{window}])'


class Usage:
    """By namespace, averaged over the last `window`. None: nobody measures, because there is no Prometheus, or none that has such
    series. Raises Unavailable when it does not answer."""

    def __init__(self, prometheus: Prometheus | None) -> None:
        self._prometheus = prometheus

    async def cores(self, window: timedelta) -> Mapping[str, float] | None:
        return await self._by_namespace((_CORES,), window)

    async def traffic(self, window: timedelta) -> Mapping[str, float] | None:
        """Bytes a second, in and out."""
        return await self._by_namespace((_RECEIVED, _SENT), window)

    async def _by_namespace(self, rates: tuple[str, ...], window: timedelta) -> Mapping[str, float] | None:
        if self._prometheus is None:
            return None
        found: dict[str, float] = {}
        for rate in rates:
            expression = f"sum by (namespace) ({rate.format(window=f'{window.total_seconds():.0f}s')})"
            for sample in await self._prometheus.query(expression):
                namespace = sample.labels.get("namespace", "")
                found[namespace] = found.get(namespace, 0.0) + sample.value
        return found or None
