"""The `sandbox` section of platform.yaml."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator, model_validator

from bot.config import Section
from bot.kit.fields import Bytes
from bot.kit.units import Duration, parse_bytes, parse_duration
from commands.sandbox.objects import ClusterFacts, Subject
from commands.sandbox.rules.hours import ALWAYS, parse_hours
from commands.sandbox.rules.limits import TeamBounds
from commands.sandbox.rules.prices import PriceList


def _network(text: str) -> str:
    network: IPv4Network | IPv6Network
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError("must be a range such as 10.0.0.0/8") from None
    return str(network)


class Prices(Section):
    """What sandboxes cost, by what they may use. A core and a GiB of memory by the hour, a GiB of storage by the month of
    730 hours."""

    cpu_hour: Decimal = Field(ge=0, description="A core for an hour.")
    memory_gib_hour: Decimal = Field(ge=0, description="A GiB of memory for an hour.")
    storage_gib_month: Decimal = Field(default=Decimal(0), ge=0, description="A GiB of storage for a month.")
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="ISO 4217.")


class Bounds(Section):
    """What all sandboxes of a team may come to together; None: as much as they like."""

    cpu: int | None = Field(default=None, ge=1, description="Cores.")
    memory: Bytes | None = Field(default=None, description="Memory.")
    storage: Bytes | None = Field(default=None, description="Storage.")
    per_day: Decimal | None = Field(default=None, gt=0, description="What they may cost a day, were they all awake.")


class CustomBounds(Section):
    """The most a sandbox of size custom may ask for. cpu: 0 switches the size off."""

    cpu: int = Field(default=16, ge=0, description="Cores.")
    memory: Bytes = Field(default=parse_bytes("64Gi"), description="Memory.")
    storage: Bytes = Field(default=parse_bytes("200Gi"), description="Storage.")


class SleepSettings(Section):
    """When sandboxes are awake, unless their owners chose other hours."""

    hours: str = Field(
        default=ALWAYS, description="`mon-fri 07:00-20:00 Europe/Berlin`, or `always`; outside of them they sleep."
    )
    zone: str = Field(default="UTC", description="The time zone of hours that name none (IANA).")
    holidays: tuple[date, ...] = Field(default=(), description="Days that are no working days.")
    idle_after: Duration | None = Field(
        default=None,
        ge=parse_duration("30m"),
        description="A sandbox in which nothing happened for this long falls asleep. None: never.",
    )

    @model_validator(mode="after")
    def _hours_are_hours(self) -> "SleepSettings":
        parse_hours(self.hours, self.zone)
        return self


class OidcSettings(Section):
    """Access without a secret: owners log in with the platform's identity provider, which the cluster trusts, too."""

    issuer: str = Field(pattern="^https://", description="The issuer's URL.")
    client_id: str = Field(min_length=1, description="The client that `kubectl` is.")
    command: str = Field(default="kubectl", min_length=1, description="The program that logs in.")
    extra: tuple[str, ...] = Field(default=(), description="More of its arguments, such as `--oidc-extra-scope=email`.")
    people: Mapping[str, str] = Field(
        default={}, description="How the cluster calls people, by Slack id: `U012AB3CD: oidc:ada@example.com`."
    )
    pattern: str | None = Field(
        default=None,
        description="How it calls all others, `{user}` being the Slack id: `oidc:{user}`. None: they get a token.",
    )
    group: str | None = Field(
        default=None,
        description="A group that may use a sandbox too, `{team}` being its team: `oidc:{team}`. None: none.",
    )

    def arguments(self) -> list[str]:
        own = [f"--oidc-issuer-url={self.issuer}", f"--oidc-client-id={self.client_id}"]
        return ["oidc-login", "get-token", *own, *self.extra]

    def username(self, user_id: str) -> str | None:
        """How the cluster calls this person; None: it does not know them."""
        if user_id in self.people:
            return self.people[user_id]
        return self.pattern.replace("{user}", user_id) if self.pattern and user_id else None

    def subjects(self, owner: str, team: str) -> tuple[Subject, ...]:
        """Who may use a sandbox of this owner and team, as the cluster calls them."""
        user = self.username(owner)
        users = (Subject("User", user),) if user else ()
        return (*users, Subject("Group", self.group.replace("{team}", team))) if self.group else users


class AccessSettings(Section):
    """How people get at their sandboxes from outside."""

    lifetime: Duration = Field(
        default=parse_duration("8h"),
        ge=parse_duration("10m"),
        description="How long access lasts; never longer than the sandbox. The cluster may grant less.",
    )
    server: str | None = Field(
        default=None, pattern="^https://", description="Where people find the cluster. None: where the bot does."
    )
    authority: str | None = Field(
        default=None, description="Who vouches for that server's certificate (PEM). None: as the bot has it, or nobody."
    )
    oidc: OidcSettings | None = Field(default=None, description="Logging in instead of a token. None: a token.")


class NoteSettings(Section):
    """The weekly note to owners: what their sandboxes cost, and saved by sleeping. Without a price list there is none."""

    on: bool = Field(default=True, description="Whether there is one.")
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(default="mon", description="When it comes.")
    at: time = Field(default=time(9), description="At what time.")
    zone: str = Field(default="UTC", description="In which time zone (IANA).")

    @field_validator("zone")
    @classmethod
    def _zone_is_one(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("must be a time zone such as Europe/Berlin") from None
        return zone


class SandboxSettings(Section):
    """How sandboxes are made, how long they live, how many there may be, and what they must know of the cluster."""

    lifetime: Duration = Field(default=parse_duration("3d"), description="How long a sandbox lives when nobody says.")
    longest: Duration = Field(default=parse_duration("14d"), description="The longest lifetime that may be asked for.")
    per_person: int = Field(default=3, ge=0, description="Sandboxes a person may have at once.")
    per_team: int = Field(default=10, ge=0, description="Sandboxes a team may have at once.")
    bounds: Bounds = Field(default=Bounds(), description="What a team's sandboxes may come to together.")
    custom: CustomBounds = Field(default=CustomBounds(), description="The bounds of the size `custom`.")
    prices: Prices | None = Field(default=None, description="The price list. None: nobody knows what sandboxes cost.")
    extensions: int = Field(default=3, ge=0, description="How often a sandbox's life may be made longer.")
    longest_life: Duration = Field(
        default=parse_duration("60d"), description="How old a sandbox may become, however often it is extended."
    )
    warnings: tuple[Duration, ...] = Field(
        default=(parse_duration("24h"), parse_duration("4h"), parse_duration("30m")),
        max_length=8,
        description="How long before its end an owner is told; those longer than half of its life are left out.",
    )
    grace: Duration | Literal["none"] = Field(
        default=parse_duration("24h"),
        description="How long a sandbox whose time is over sleeps before it is deleted. `none`: it is deleted at once.",
    )
    brake: int = Field(
        default=20,
        ge=1,
        description="More than this many whose time is over within an hour are not deleted until an admin says so.",
    )
    access: AccessSettings = Field(default=AccessSettings(), description="Access to sandboxes.")
    note: NoteSettings = Field(default=NoteSettings(), description="The weekly note.")
    sleep: SleepSettings = Field(default=SleepSettings(), description="When sandboxes sleep.")
    cards: Literal["channel", "direct"] = Field(
        default="channel",
        description="Where a sandbox's card stands: the channel it was asked for in, or its owner's direct messages.",
    )
    cost_center: str = Field(default="default", max_length=63, description="The cost-center label of new sandboxes.")
    templates: Path | None = Field(
        default=None,
        description="A folder of your own templates, see docs/templates.md; one of the same name wins over the bot's. None: "
        "those that the bot brings.",
    )
    domain: str = Field(
        default="localhost",
        pattern=r"^[a-z0-9]([a-z0-9.-]{0,180}[a-z0-9])?$",
        description="What the host names end with that templates give out: `<namespace>.<domain>`.",
    )
    resync: Duration = Field(
        default=parse_duration("5m"),
        ge=parse_duration("30s"),
        description="How often all sandboxes are compared with the cluster; guards that somebody changed are healed.",
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
        if self.longest > self.longest_life:
            raise ValueError("longest must not be longer than longest_life")
        return self

    @property
    def grace_time(self) -> timedelta:
        return timedelta(0) if self.grace == "none" else self.grace

    def price_list(self) -> PriceList | None:
        prices = self.prices
        if prices is None:
            return None
        return PriceList(prices.cpu_hour, prices.memory_gib_hour, prices.storage_gib_month, prices.currency)

    def team_bounds(self) -> TeamBounds:
        bounds = self.bounds
        return TeamBounds(bounds.cpu, bounds.memory, bounds.storage, bounds.per_day)

    def cluster_facts(self) -> ClusterFacts:
        return ClusterFacts(
            dns_namespace=self.dns_namespace,
            dns_labels=self.dns_labels,
            ingress_namespace=self.ingress_namespace,
            ingress_labels=self.ingress_labels,
            internet=self.internet,
            closed_cidrs=self.closed_cidrs,
        )
