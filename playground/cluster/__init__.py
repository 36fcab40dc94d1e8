"""A cluster on a laptop: an API server that says no where Kubernetes says no, with just enough controllers behind it.

    async with ClusterDouble() as double:
        double.write_kubeconfig(path)  # works with kubectl, too

What it does not do: run containers, route packets, schedule, or speak protobuf and websockets.
"""

from playground.cluster.double import ClusterDouble
from playground.cluster.faults import Faults
from playground.cluster.store import Change

__all__ = ["Change", "ClusterDouble", "Faults"]
