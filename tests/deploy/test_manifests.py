"""What must be true of every variant, whatever is changed in it later."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.app import _LAST_WORDS
from bot.config import VARIABLES, CallSettings, SlackSettings, load_settings
from bot.doctor.cluster import BIND, NEEDS
from bot.wiring import group_sections
from commands.sandbox.objects import USER_ROLE
from storage.db import Database
from tests.deploy.conftest import rendered
from tests.deploy.kustomization import CLUSTER_WIDE, Manifest
from tests.deploy.variants import DEPLOY, VARIANTS

ROOT = DEPLOY.parent
BOT = {"app.kubernetes.io/name": "platform-bot", "app.kubernetes.io/component": "bot"}
# What the Secret `platform-bot` may hold, as docs/operations.md says to make it.
SECRET_KEYS = {
    "slack-bot-token",
    "slack-app-token",
    "slack-signing-secret",
    "platform-audit-key",
    "platform-audit-key-previous",
    "prometheus-token",
    "database-url",
}
# Beside what the doctor asks for: what the contract in tests/contract does with the bot's own role.
FURTHER = {
    ("get", "rbac.authorization.k8s.io", "clusterroles", USER_ROLE),
    ("list", "", "pods", None),
    ("delete", "", "pods", None),
}
_HTTP_CLOSING = 5  # seconds; shutdown_timeout in bot/app.py


def of(objects: list[Manifest], kind: str, name: str = "platform-bot") -> Manifest:
    [found] = [each for each in objects if each["kind"] == kind and each["metadata"]["name"] == name]
    return found


def pod(objects: list[Manifest]) -> Manifest:
    spec: Manifest = of(objects, "Deployment")["spec"]["template"]["spec"]
    return spec


def bot(objects: list[Manifest]) -> Manifest:
    [container] = pod(objects)["containers"]
    assert isinstance(container, dict)
    return container


def variables(objects: list[Manifest]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in bot(objects)["env"]}


def version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        return str(tomllib.load(stream)["project"]["version"])


# --- the pod --------------------------------------------------------------------------------------------------------


def test_the_image_is_that_of_this_version(objects: list[Manifest]) -> None:
    assert bot(objects)["image"] == f"platform-bot:{version()}"


def test_the_pod_may_do_nothing_it_does_not_need(objects: list[Manifest]) -> None:
    assert pod(objects)["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert bot(objects)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(pod(objects))
    assert of(objects, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_pod_runs_as_the_user_of_the_image(objects: list[Manifest]) -> None:
    context = pod(objects)["securityContext"]
    assert f"USER {context['runAsUser']}:{context['runAsGroup']}\n" in (ROOT / "Dockerfile").read_text()


def test_memory_is_bounded_and_the_processor_is_not_throttled(objects: list[Manifest]) -> None:
    resources = bot(objects)["resources"]
    assert set(resources["requests"]) == {"cpu", "memory", "ephemeral-storage"}
    assert set(resources["limits"]) == {"memory", "ephemeral-storage"}


def test_being_alive_never_depends_on_others_and_being_ready_never_on_slack(objects: list[Manifest]) -> None:
    container = bot(objects)
    assert container["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": int(variables(objects)["PLATFORM_HTTP_PORT"])}]
    assert variables(objects)["PLATFORM_HTTP_HOST"] == "0.0.0.0"


def test_probes_wait_longer_than_what_they_ask_for_may_take(objects: list[Manifest]) -> None:
    from storage.db import PING_TIMEOUT_SECONDS

    container = bot(objects)
    assert container["readinessProbe"]["timeoutSeconds"] > PING_TIMEOUT_SECONDS
    liveness = container["livenessProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60


def test_a_pod_has_the_time_to_end_what_it_began(objects: list[Manifest]) -> None:
    grace = pod(objects)["terminationGracePeriodSeconds"]
    before = bot(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = CallSettings().drain.total_seconds()
    assert grace >= before + drain + _LAST_WORDS + _HTTP_CLOSING + 10
    assert f"shutdown_timeout={_HTTP_CLOSING}" in (ROOT / "bot" / "app.py").read_text()


def test_what_is_mounted_is_there_and_nothing_is_written_elsewhere(objects: list[Manifest]) -> None:
    volumes = {each["name"]: each for each in pod(objects)["volumes"]}
    mounts = {each["name"]: each for each in bot(objects)["volumeMounts"]}
    assert set(volumes) == set(mounts)
    assert volumes["config"]["configMap"]["name"] == of(objects, "ConfigMap", "platform-bot-config")["metadata"]["name"]
    assert {name for name, mount in mounts.items() if not mount.get("readOnly")} <= {"tmp", "data"}
    if "data" in volumes:
        claim = volumes["data"]["persistentVolumeClaim"]["claimName"]
        assert of(objects, "PersistentVolumeClaim", claim)["spec"]["accessModes"] == ["ReadWriteOncePod"]


# --- the configuration ----------------------------------------------------------------------------------------------


def test_every_variable_is_one_that_the_bot_reads(objects: list[Manifest]) -> None:
    known = set(VARIABLES) | {f"{each.name}_FILE" for each in VARIABLES.values() if each.file}
    assert set(variables(objects)) <= known


def test_secrets_come_from_files_of_the_secret_and_never_as_values(objects: list[Manifest]) -> None:
    [directory] = [each["mountPath"] for each in bot(objects)["volumeMounts"] if each["name"] == "secrets"]
    [volume] = [each for each in pod(objects)["volumes"] if each["name"] == "secrets"]
    assert volume["secret"] == {"secretName": "platform-bot", "defaultMode": 0o440}
    files = {name: value for name, value in variables(objects).items() if name.endswith("_FILE")}
    assert "SLACK_BOT_TOKEN_FILE" in files
    for name, value in files.items():
        assert Path(value).parent == Path(directory)
        assert Path(value).name in SECRET_KEYS
        assert Path(value).name.replace("-", "_").upper() + "_FILE" == name
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        assert name not in variables(objects)
    assert ("SLACK_APP_TOKEN_FILE" in files) != ("SLACK_SIGNING_SECRET_FILE" in files)


def test_every_secret_that_the_bot_reads_can_be_given_to_it() -> None:
    given = {name for variant in VARIANTS for name in variables(rendered(variant))}
    assert {f"{each.name}_FILE" for each in VARIABLES.values() if each.file} <= given
    keys = {each.name.replace("_", "-").lower() for each in VARIABLES.values() if each.file}
    assert keys == SECRET_KEYS


def test_the_bot_takes_the_configuration_as_it_is_deployed(objects: list[Manifest], tmp_path: Path) -> None:
    """The environment and the files of the pod, with each mounted folder somewhere else."""
    places = {each["name"]: each["mountPath"] for each in bot(objects)["volumeMounts"]}
    config, secrets = tmp_path / "config", tmp_path / "secrets"
    config.mkdir()
    secrets.mkdir()
    for name, text in of(objects, "ConfigMap", "platform-bot-config")["data"].items():
        (config / name).write_text(text)
    for key in SECRET_KEYS:
        (secrets / key).write_text("postgresql+psycopg://bot:secret@db/bot\n" if key == "database-url" else f"{key}\n")
    # What the image sets stays, where the pod does not say otherwise.
    environment = {**image_variables(), **variables(objects)}
    environment = {
        name: value.replace(places["config"], str(config)).replace(places["secrets"], str(secrets))
        for name, value in environment.items()
    }
    settings = load_settings(environment, group_sections())
    assert settings.secrets.bot_token is not None
    assert settings.secrets.bot_token.get_secret_value() == "slack-bot-token"
    assert (settings.secrets.app_token is None) != (settings.secrets.signing_secret is None)
    assert settings.http_host == "0.0.0.0"
    sqlite = any(each["kind"] == "PersistentVolumeClaim" for each in objects)
    assert settings.database_url == (
        "sqlite+aiosqlite:////data/platform-bot.db" if sqlite else "postgresql+psycopg://bot:secret@db/bot"
    )


def image_variables() -> dict[str, str]:
    """What the last stage of the Dockerfile sets."""
    text = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2].replace("\\\n", " ")
    lines = [line.removeprefix("ENV ") for line in text.splitlines() if line.startswith("ENV ")]
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


# --- replicas -------------------------------------------------------------------------------------------------------


def test_on_sqlite_there_is_never_a_second_pod() -> None:
    spec = of(rendered(("sqlite", ())), "Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    # One that asks for a replica that does not exist would hold up every drain for ever.
    assert "PodDisruptionBudget" not in {each["kind"] for each in rendered(("sqlite", ()))}


def test_on_postgresql_two_of_three_are_always_there() -> None:
    objects = rendered(("postgres", ()))
    spec = of(objects, "Deployment")["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    budget = of(objects, "PodDisruptionBudget")["spec"]
    assert budget["minAvailable"] == 2
    assert budget["selector"]["matchLabels"] == BOT
    keys = [each["topologyKey"] for each in spec["template"]["spec"]["topologySpreadConstraints"]]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert all(
        each["labelSelector"]["matchLabels"] == BOT for each in spec["template"]["spec"]["topologySpreadConstraints"]
    )


def test_slack_allows_the_sockets_of_all_replicas_also_during_an_upgrade() -> None:
    spec = of(rendered(("postgres", ())), "Deployment")["spec"]
    processes = spec["replicas"] + spec["strategy"]["rollingUpdate"]["maxSurge"]
    assert processes * SlackSettings().connections <= 10


def test_postgresql_as_it_comes_has_connections_for_all_replicas_also_during_an_upgrade() -> None:
    import inspect

    spec = of(rendered(("postgres", ())), "Deployment")["spec"]
    processes = spec["replicas"] + spec["strategy"]["rollingUpdate"]["maxSurge"]
    pool = inspect.signature(Database.open).parameters["pool_size"].default
    assert (
        processes * (2 * pool + 1) <= 100 - 3
    )  # as many again under load, the writer; max_connections, less the reserved


# --- who belongs to whom --------------------------------------------------------------------------------------------


def test_selectors_select_the_bots_pods(objects: list[Manifest]) -> None:
    template = of(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert template == BOT
    assert of(objects, "Deployment")["spec"]["selector"]["matchLabels"] == BOT
    assert of(objects, "Service")["spec"]["selector"] == BOT
    for each in objects:
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] != "default-deny":
            assert each["spec"]["podSelector"]["matchLabels"] == BOT
        if each["kind"] == "PodMonitor":
            assert each["spec"]["selector"]["matchLabels"] == BOT


def test_everything_is_in_one_namespace_and_carries_our_name(objects: list[Manifest]) -> None:
    for each in objects:
        namespace = each["metadata"].get("namespace")
        assert namespace == (None if each["kind"] in CLUSTER_WIDE else "platform-bot"), each["metadata"]["name"]
        if each["kind"] not in {"ConfigMap", "NetworkPolicy"}:
            assert each["metadata"]["labels"]["app.kubernetes.io/name"] == "platform-bot"


def test_ports_are_called_by_a_name_that_exists(objects: list[Manifest]) -> None:
    names = {each["name"] for each in bot(objects)["ports"]}
    service = of(objects, "Service")["spec"]["ports"]
    assert {each["targetPort"] for each in service} <= names
    for each in objects:
        if each["kind"] == "Ingress":
            paths = each["spec"]["rules"][0]["http"]["paths"]
            assert {path["backend"]["service"]["port"]["name"] for path in paths} <= {port["name"] for port in service}
            assert {path["backend"]["service"]["name"] for path in paths} == {"platform-bot"}
        if each["kind"] == "PodMonitor":
            assert {end["port"] for end in each["spec"]["podMetricsEndpoints"]} <= names


def test_health_and_metrics_are_not_for_outsiders(objects: list[Manifest]) -> None:
    for each in objects:
        if each["kind"] == "Ingress":
            paths = [path["path"] for rule in each["spec"]["rules"] for path in rule["http"]["paths"]]
            assert sorted(paths) == ["/api", "/slack/events", "/webhooks"]


# --- the network ----------------------------------------------------------------------------------------------------


def ports(rule: Manifest) -> set[tuple[str, Any]]:
    return {(each["protocol"], each["port"]) for each in rule["ports"]}


def test_whoever_is_not_named_is_not_reached_and_does_not_reach_us(objects: list[Manifest]) -> None:
    deny = of(objects, "NetworkPolicy", "default-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_http_comes_from_the_ingress_controller_and_from_monitoring(overlay: list[Manifest]) -> None:
    policies = [each["spec"] for each in overlay if each["kind"] == "NetworkPolicy"]
    [rule] = [rule for policy in policies for rule in policy.get("ingress", ())]
    assert ports(rule) == {("TCP", "http")}
    assert [each["namespaceSelector"]["matchLabels"] for each in rule["from"]] == [
        {"kubernetes.io/metadata.name": "ingress-nginx"},
        {"kubernetes.io/metadata.name": "monitoring"},
    ]


def test_the_bot_reaches_dns_slack_the_cluster_and_its_database_only(overlay: list[Manifest]) -> None:
    policies = [each["spec"] for each in overlay if each["kind"] == "NetworkPolicy"]
    rules = [rule for policy in policies for rule in policy.get("egress", ())]
    dns, slack, cluster, *database = rules
    assert ports(dns) == {("UDP", 53), ("TCP", 53)}
    assert ports(slack) == {("TCP", 443)}
    closed = set(slack["to"][0]["ipBlock"]["except"])
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= closed
    assert ports(cluster) == {("TCP", 443), ("TCP", 6443)}
    # Private addresses, but never those where clouds hand out credentials.
    assert {each["ipBlock"]["cidr"] for each in cluster["to"]} == closed - {"169.254.0.0/16"}
    sqlite = any(each["kind"] == "PersistentVolumeClaim" for each in overlay)
    assert [ports(rule) for rule in database] == ([] if sqlite else [{("TCP", 5432)}])


# --- rights ---------------------------------------------------------------------------------------------------------


def test_the_bots_role_is_what_it_needs_and_nothing_besides(overlay: list[Manifest]) -> None:
    given = {
        (verb, group, resource, name)
        for rule in of(overlay, "ClusterRole")["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [None])
    }
    needed = {(need.verb, need.group, need.resource, need.name) for need in (*NEEDS, BIND)}
    assert given == needed | FURTHER


def test_no_role_has_a_wildcard(overlay: list[Manifest]) -> None:
    for each in overlay:
        if each["kind"] == "ClusterRole":
            for rule in each["rules"]:
                assert "*" not in {*rule["verbs"], *rule["apiGroups"], *rule["resources"]}


def test_the_bots_account_has_the_bots_role_and_its_pod_is_the_only_one_with_a_token(overlay: list[Manifest]) -> None:
    binding = of(overlay, "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == "platform-bot"
    account = of(overlay, "ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "platform-bot", "namespace": "platform-bot"}]
    assert pod(overlay)["serviceAccountName"] == account["metadata"]["name"]
    assert pod(overlay)["automountServiceAccountToken"] is True


@pytest.mark.parametrize("name", ["Role", "Secret"])
def test_there_is_none_of(name: str, objects: list[Manifest]) -> None:
    assert name not in {each["kind"] for each in objects}
