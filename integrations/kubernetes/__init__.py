"""One client for the cluster: plain objects in and out, one tree of errors. It knows nothing of sandboxes.

The library (`kubernetes.aio`) is loaded at the first call, in a thread: importing this package costs next to nothing,
and nothing of the library is visible outside it.
"""

from integrations.kubernetes.cluster import Cluster, MintedToken, Preconditions
from integrations.kubernetes.connection import Endpoint
from integrations.kubernetes.errors import (
    AlreadyExists,
    BadRequest,
    Cause,
    ChangedMeanwhile,
    ClusterError,
    CredentialsRefused,
    FieldsOwnedByOthers,
    ForbiddenInCluster,
    Invalid,
    NamespaceTerminating,
    NotFoundInCluster,
    QuotaExceeded,
)
from integrations.kubernetes.refs import KINDS, KubernetesObject, ObjectRef, reference_of

__all__ = [
    "KINDS",
    "AlreadyExists",
    "BadRequest",
    "Cause",
    "ChangedMeanwhile",
    "Cluster",
    "ClusterError",
    "CredentialsRefused",
    "Endpoint",
    "FieldsOwnedByOthers",
    "ForbiddenInCluster",
    "Invalid",
    "KubernetesObject",
    "MintedToken",
    "NamespaceTerminating",
    "NotFoundInCluster",
    "ObjectRef",
    "Preconditions",
    "QuotaExceeded",
    "reference_of",
]
