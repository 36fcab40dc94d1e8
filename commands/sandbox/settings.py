"""The `sandbox` section of platform.yaml."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from bot.config import Section
from bot.kit.units import Duration, parse_duration
from commands.sandbox.objects import ClusterFacts


def _network(text: str) -> str:
    network: IPv4Network | IPv6Network
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError("must be a range such as 10.0.0.0/8") from None
    return str(network)


class SandboxSettings(Section):
    """How sandboxes are made, how long they live, how many there may be, and what they must know of the cluster."""

    lifetime: Duration = Field(default=parse_duration("3d"), description="How long a sandbox lives when nobody says.")
    longest: Duration = Field(default=parse_duration("14d"), description="The longest lifetime that may be asked for.")
    per_person: int = Field(default=3, ge=0, description="Sandboxes a person may have at once.")
    per_team: int = Field(default=10, ge=0, description="Sandboxes a team may have at once.")
    cards: Literal["channel", "direct"] = Field(
        default="channel",
        description="Where a sandbox's card stands: the channel it was asked for in, or its owner's direct messages.",
    )
    cost_center: str = Field(default="default", max_length=63, description="The cost-center label of new sandboxes.")
    resync: Duration = Field(
        default=parse_duration("10m"),
        ge=parse_duration("10s"),
        description="How often a ready sandbox is compared with the cluster, and its guards are healed.",
    )
    dns_namespace: str = Field(default="kube-system", description="Where the cluster's DNS runs.")
    dns_labels: Mapping[str, str] = Field(default={"k8s-app": "kube-dns"}, description="Labels of the DNS pods.")
    ingress_namespace: str | None = Field(
        default="ingress-nginx", description="Where the ingress controller runs. None: nothing from outside is let in."
    )
    ingress_labels: Mapping[str, str] = Field(default={}, description="Narrows it to pods with these labels.")
    internet: bool = Field(default=False, description="Whether sandboxes may reach the internet.")
    closed_cidrs: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=ClusterFacts().closed_cidrs,
        description="Ranges that stay closed even with internet access: private ones, and the cluster's own.",
    )

    @model_validator(mode="after")
    def _lifetimes_fit(self) -> "SandboxSettings":
        if self.lifetime > self.longest:
            raise ValueError("lifetime must not be longer than longest")
        return self

    def cluster_facts(self) -> ClusterFacts:
        return ClusterFacts(
            dns_namespace=self.dns_namespace,
            dns_labels=self.dns_labels,
            ingress_namespace=self.ingress_namespace,
            ingress_labels=self.ingress_labels,
            internet=self.internet,
            closed_cidrs=self.closed_cidrs,
        )
