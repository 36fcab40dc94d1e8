"""What the bot relies on when it reads and writes objects, whichever cluster it speaks to."""

import pytest

from integrations.kubernetes import (
    AlreadyExists,
    ChangedMeanwhile,
    FieldsOwnedByOthers,
    ForbiddenInCluster,
    Invalid,
    NamespaceTerminating,
    NotFoundInCluster,
    Preconditions,
    reference_of,
)
from tests.contract.conftest import Subject, config_map, eventually

CONFIG_MAP = reference_of("v1", "ConfigMap")
NAMESPACE = reference_of("v1", "Namespace")
SECRET = reference_of("v1", "Secret")


async def test_the_server_tells_its_version(subject: Subject) -> None:
    assert (await subject.cluster.version()).startswith("v1.")


async def test_what_is_not_there_is_none_and_not_an_error(subject: Subject) -> None:
    assert await subject.cluster.get(NAMESPACE, subject.name("absent")) is None
    assert await subject.cluster.get(CONFIG_MAP, "absent", "default") is None


async def test_creating_where_there_is_no_namespace_is_not_found(subject: Subject) -> None:
    with pytest.raises(NotFoundInCluster):
        await subject.cluster.create(config_map(subject.name("absent"), "one"))


async def test_creating_twice_says_that_it_exists_and_leaves_the_first(subject: Subject) -> None:
    namespace = await subject.namespace()
    first = await subject.cluster.create(config_map(namespace, "one", {"a": "1"}))
    with pytest.raises(AlreadyExists):
        await subject.cluster.create(config_map(namespace, "one", {"a": "2"}))
    assert await subject.cluster.get(CONFIG_MAP, "one", namespace) == first


async def test_applying_creates_and_applying_again_changes_nothing(subject: Subject) -> None:
    namespace = await subject.namespace()
    first = await subject.cluster.apply(config_map(namespace, "one", {"a": "1"}))
    again = await subject.cluster.apply(config_map(namespace, "one", {"a": "1"}))
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


async def test_an_apply_takes_away_what_it_set_before_and_leaves_what_others_set(subject: Subject) -> None:
    namespace = await subject.namespace()
    await subject.cluster.apply(config_map(namespace, "one", {"mine": "1", "gone": "1"}))
    await subject.cluster.apply(config_map(namespace, "one", {"theirs": "2"}), field_manager="somebody-else")
    after = await subject.cluster.apply(config_map(namespace, "one", {"mine": "3"}))
    assert after["data"] == {"mine": "3", "theirs": "2"}


async def test_another_managers_field_is_a_conflict_unless_forced(subject: Subject) -> None:
    namespace = await subject.namespace()
    await subject.cluster.apply(config_map(namespace, "one", {"a": "theirs"}), field_manager="somebody-else")
    with pytest.raises(FieldsOwnedByOthers) as refusal:
        await subject.cluster.apply(config_map(namespace, "one", {"a": "mine"}), force=False)
    assert [cause.field for cause in refusal.value.causes] == [".data.a"]
    assert "somebody-else" in refusal.value.causes[0].message
    forced = await subject.cluster.apply(config_map(namespace, "one", {"a": "mine"}))
    assert forced["data"] == {"a": "mine"}


async def test_agreeing_on_a_value_is_no_conflict_and_keeps_the_field_while_one_wants_it(
    subject: Subject,
) -> None:
    namespace = await subject.namespace()
    await subject.cluster.apply(config_map(namespace, "one", {"a": "same"}), field_manager="somebody-else")
    await subject.cluster.apply(config_map(namespace, "one", {"a": "same"}), force=False)
    after = await subject.cluster.apply(config_map(namespace, "one", {"b": "1"}))
    assert after["data"] == {"a": "same", "b": "1"}


async def test_a_dry_run_shows_the_outcome_and_writes_nothing(subject: Subject) -> None:
    namespace = await subject.namespace()
    shown = await subject.cluster.apply(config_map(namespace, "one", {"a": "1"}), dry_run=True)
    assert shown["data"] == {"a": "1"}
    assert await subject.cluster.get(CONFIG_MAP, "one", namespace) is None
    live = await subject.cluster.apply(config_map(namespace, "one", {"a": "1"}))
    shown = await subject.cluster.apply(config_map(namespace, "one", {"a": "2"}), dry_run=True)
    assert shown["data"] == {"a": "2"}
    assert await subject.cluster.get(CONFIG_MAP, "one", namespace) == live


async def test_a_merge_patch_on_an_old_version_changes_nothing(subject: Subject) -> None:
    namespace = await subject.namespace()
    first = await subject.cluster.create(config_map(namespace, "one", {"a": "1"}))
    version = first["metadata"]["resourceVersion"]
    await subject.cluster.merge_patch(CONFIG_MAP, "one", {"data": {"a": "2"}}, namespace)
    patch = {"metadata": {"resourceVersion": version}, "data": {"a": "3"}}
    with pytest.raises(ChangedMeanwhile):
        await subject.cluster.merge_patch(CONFIG_MAP, "one", patch, namespace)
    found = await subject.cluster.get(CONFIG_MAP, "one", namespace)
    assert found is not None
    assert found["data"] == {"a": "2"}


async def test_invalid_objects_name_the_field(subject: Subject) -> None:
    namespace = await subject.namespace()
    with pytest.raises(Invalid) as refusal:
        await subject.cluster.create(config_map(namespace, "Not A Name"))
    assert "metadata.name" in {cause.field for cause in refusal.value.causes}
    with pytest.raises(Invalid) as refusal:
        await subject.cluster.create(config_map(namespace, "one", labels={"a": "x" * 64}))
    assert "metadata.labels" in {cause.field for cause in refusal.value.causes}


async def test_misspelt_fields_are_refused_by_create_and_by_apply(subject: Subject) -> None:
    namespace = await subject.namespace()
    wrong = {**config_map(namespace, "one"), "dada": {}}
    with pytest.raises(Invalid, match="dada"):
        await subject.cluster.create(wrong)
    with pytest.raises(Invalid, match="dada"):
        await subject.cluster.apply(wrong)
    assert await subject.cluster.get(CONFIG_MAP, "one", namespace) is None


async def test_a_delete_meant_for_another_object_or_state_does_nothing(subject: Subject) -> None:
    namespace = await subject.namespace()
    first = (await subject.cluster.create(config_map(namespace, "one")))["metadata"]
    await subject.cluster.apply(config_map(namespace, "one", {"a": "1"}))
    for wrong in (
        Preconditions(uid="00000000-0000-0000-0000-000000000000"),
        Preconditions(uid=first["uid"], resource_version=first["resourceVersion"]),
    ):
        with pytest.raises(ChangedMeanwhile):
            await subject.cluster.delete(CONFIG_MAP, "one", namespace, preconditions=wrong)
    live = await subject.cluster.get(CONFIG_MAP, "one", namespace)
    assert live is not None
    right = Preconditions(uid=first["uid"], resource_version=live["metadata"]["resourceVersion"])
    assert await subject.cluster.delete(CONFIG_MAP, "one", namespace, preconditions=right) is True
    assert await subject.cluster.delete(CONFIG_MAP, "one", namespace) is False


async def test_lists_are_read_page_by_page_and_whole(subject: Subject) -> None:
    namespace = await subject.namespace()
    names = {f"page-{number}" for number in range(7)}
    for name in names:
        await subject.cluster.create(config_map(namespace, name, labels={"contract": "paging"}))
    listed = [
        item
        async for item in subject.cluster.list(CONFIG_MAP, namespace, label_selector="contract=paging", page_size=3)
    ]
    assert sorted(item["metadata"]["name"] for item in listed) == sorted(names)
    assert {(item["apiVersion"], item["kind"]) for item in listed} == {("v1", "ConfigMap")}


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("tier=web", {"a"}),
        ("tier!=web", {"b", "c"}),
        ("tier in (web, db)", {"a", "b"}),
        ("tier notin (web),mine=yes", {"b", "c"}),
        ("tier", {"a", "b"}),
        ("!tier,mine", {"c"}),
        ("mine=yes,tier=db", {"b"}),
    ],
)
async def test_label_selectors_select(subject: Subject, selector: str, wanted: set[str]) -> None:
    namespace = await subject.namespace()
    labels = {"a": {"tier": "web"}, "b": {"tier": "db"}, "c": {}}
    for name, own in labels.items():
        await subject.cluster.create(config_map(namespace, name, labels={"mine": "yes", **own}))
    text = selector if "mine" in selector else f"{selector},mine=yes"
    listed = [item async for item in subject.cluster.list(CONFIG_MAP, namespace, label_selector=text)]
    assert {item["metadata"]["name"] for item in listed} == wanted


async def test_field_selectors_select_by_name(subject: Subject) -> None:
    namespace = await subject.namespace()
    for name in ("one", "two"):
        await subject.cluster.create(config_map(namespace, name))
    listed = [item async for item in subject.cluster.list(CONFIG_MAP, namespace, field_selector="metadata.name=two")]
    assert [item["metadata"]["name"] for item in listed] == ["two"]


async def test_a_held_namespace_says_why_takes_nothing_new_and_goes_when_let_go(subject: Subject) -> None:
    namespace = await subject.namespace("held")
    finalizer = "contract.platform-bot.io/held"
    await subject.cluster.create(config_map(namespace, "holding", finalizers=[finalizer]))
    assert await subject.cluster.delete(NAMESPACE, namespace) is True

    async def explained() -> bool:
        found = await subject.cluster.get(NAMESPACE, namespace)
        conditions = ((found or {}).get("status") or {}).get("conditions") or ()
        return any(
            one["type"] == "NamespaceFinalizersRemaining" and one["status"] == "True" and finalizer in one["message"]
            for one in conditions
        )

    await eventually("the namespace's conditions name the finalizer that holds it", explained)
    live = await subject.cluster.get(NAMESPACE, namespace)
    assert live is not None
    assert live["status"]["phase"] == "Terminating"
    with pytest.raises(NamespaceTerminating):
        await subject.cluster.create(config_map(namespace, "too-late"))
    await subject.cluster.merge_patch(CONFIG_MAP, "holding", {"metadata": {"finalizers": None}}, namespace)
    await subject.gone(namespace)


async def test_the_clusters_own_namespaces_are_not_deleted(subject: Subject) -> None:
    with pytest.raises(ForbiddenInCluster):
        await subject.cluster.delete(NAMESPACE, "kube-system", dry_run=True)
    assert await subject.cluster.get(NAMESPACE, "kube-system") is not None


async def test_a_kind_nobody_told_us_of_is_discovered(subject: Subject) -> None:
    reference = await subject.cluster.reference("policy/v1", "PodDisruptionBudget")
    assert (reference.plural, reference.namespaced) == ("poddisruptionbudgets", True)
    with pytest.raises(NotFoundInCluster):
        await subject.cluster.reference("policy/v1", "NoSuchThing")
    with pytest.raises(NotFoundInCluster):
        await subject.cluster.reference("nobody.example/v1", "NoSuchThing")
