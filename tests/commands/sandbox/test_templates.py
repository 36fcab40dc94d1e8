"""Templates: read with every mistake named, rendered so that nothing people type becomes structure, kept to what the sandbox's
user may do."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import ConfigError
from bot.kit.errors import FieldErrors
from commands.sandbox.objects import ACCESS_SECRET, GUARD_NAME
from commands.sandbox.templates.checks import CREATABLE, MOST, problems_of
from commands.sandbox.templates.loading import SHIPPED, Template, load_templates, problems_when_tried, tried_with
from commands.sandbox.templates.parameters import Parameter, TextParameter, generated, values_of
from commands.sandbox.templates.rendering import About, compiled, environment, rendered
from integrations.kubernetes.schema import Schemas

ROOT = Path(__file__).parents[3]
TEMPLATES = load_templates(None)
ABOUT = About("shop", "sbx-payments-shop-ab12", "payments", "example.com")
CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: some}
data:
"""


def values(template: str, **given: str) -> dict[str, Any]:
    parameters = TEMPLATES[template].parameters
    return {**values_of(template, parameters, given), **generated(parameters)}


def render(source: str, **given: Any) -> list[dict[str, Any]]:
    return [each for _file, each in rendered([compiled(source, "some.yaml.j2", environment())], given, ABOUT)]


def refusal(source: str, **given: Any) -> str:
    with pytest.raises(ValueError) as caught:
        render(source, **given)
    return str(caught.value)


def written(folder: Path, name: str, declaration: str, **files: str) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "template.yaml").write_text(declaration)
    for file, content in files.items():
        (folder / name / f"{file}.yaml.j2").write_text(content)
    return folder


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_templates(folder)
    return [line.removeprefix(f"{folder}/") for line in caught.value.message.splitlines()]


# --- those that the bot brings --------------------------------------------------------------------------------------------


def test_four_are_shipped_and_the_empty_one_comes_first() -> None:
    assert list(TEMPLATES) == ["empty", "postgres", "redis", "web"]
    assert TEMPLATES["empty"].objects({}, ABOUT) == []


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_a_shipped_template_has_the_form_kubernetes_wants_with_every_value_it_is_tried_with(name: str) -> None:
    assert problems_when_tried(TEMPLATES[name], Schemas()) == []
    assert len(tried_with(TEMPLATES[name])) > len(TEMPLATES[name].parameters) - 1


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "empty"])
def test_pods_of_a_shipped_template_ask_for_no_more_than_a_hardened_sandbox_gives(name: str) -> None:
    workloads = [each for each in TEMPLATES[name].objects(values(name), ABOUT) if "template" in each.get("spec", {})]
    assert workloads
    for workload in workloads:
        pod = workload["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]


def test_the_web_template_is_reached_under_a_name_of_its_own() -> None:
    kinds = {each["kind"]: each for each in TEMPLATES["web"].objects(values("web", replicas="3"), ABOUT)}
    assert set(kinds) == {"Deployment", "Service", "Ingress"}
    assert kinds["Deployment"]["spec"]["replicas"] == 3
    assert kinds["Ingress"]["spec"]["rules"][0]["host"] == "sbx-payments-shop-ab12.example.com"
    hidden = TEMPLATES["web"].objects(values("web", public="no"), ABOUT)
    assert {each["kind"] for each in hidden} == {"Deployment", "Service"}


def test_a_generated_secret_is_another_each_time_and_stands_in_the_secret_only() -> None:
    first, second = (TEMPLATES["postgres"].objects(values("postgres"), ABOUT) for _ in range(2))
    [secret] = [each for each in first if each["kind"] == "Secret"]
    password = secret["stringData"]["password"]
    assert len(password) == 32
    assert password in secret["stringData"]["url"]
    assert password not in json.dumps([each for each in first if each is not secret])
    assert password not in json.dumps(second)


def test_what_others_refer_to_is_made_first() -> None:
    kinds = [each["kind"] for each in TEMPLATES["redis"].objects(values("redis", persistent="yes"), ABOUT)]
    assert kinds == ["Secret", "PersistentVolumeClaim", "Service", "Deployment"]


def test_the_wheel_carries_every_file_of_every_template() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        patterns = tomllib.load(stream)["tool"]["setuptools"]["package-data"]["commands.sandbox.templates"]
    files = [path.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*")]
    files = [file for file in files if not file.startswith("__pycache__")]
    assert len(files) > 10
    assert [file for file in files if not any(fnmatch(file, pattern) for pattern in patterns)] == []


# --- what the sandbox's user may do ---------------------------------------------------------------------------------------


def test_what_a_template_may_make_is_what_the_role_of_the_sandbox_user_lets_create() -> None:
    role = yaml.safe_load((ROOT / "deploy" / "base" / "sandbox-role.yaml").read_text())
    may_create = {
        (group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        if "create" in rule["verbs"] and "/" not in resource
    }
    group_of = {version: version.rpartition("/")[0] for version, _kind in CREATABLE}
    plural = {kind: f"{kind.lower()}es" if kind.endswith("s") else f"{kind.lower()}s" for _version, kind in CREATABLE}
    assert {(group_of[version], plural[kind]) for version, kind in CREATABLE} == may_create


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1"}, "is nothing that a sandbox's user may make"),
        ({"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1"}, "is nothing that"),
        ({"kind": "Namespace"}, "is nothing that"),
        ({"kind": "List", "items": []}, "is nothing that"),
        ({"kind": "Deployment", "apiVersion": "extensions/v1beta1"}, "it is apps/v1"),
        ({"kind": "ConfigMap", "apiVersion": None}, "needs apiVersion and kind"),
        ({"kind": ["ConfigMap"]}, "needs apiVersion and kind"),
        ({"metadata": None}, "needs metadata.name"),
        ({"metadata": {"name": "Größe"}}, "metadata.name must be"),
        ({"metadata": {"name": 3}}, "metadata.name must be"),
        ({"metadata": {"name": "some", "namespace": "kube-system"}}, "metadata.namespace must not be set"),
        ({"metadata": {"name": "some", "finalizers": ["a/b"]}}, "metadata.finalizers must not be set"),
        ({"metadata": {"name": "some", "ownerReferences": []}}, "metadata.ownerReferences must not be set"),
        ({"metadata": {"name": "some", "generateName": "some-"}}, "metadata.generateName must not be set"),
        ({"metadata": {"name": "some", "labels": {"platform-bot.io/sandbox-id": "x"}}}, "is the bot's own"),
        ({"metadata": {"name": GUARD_NAME}}, "is named like the sandbox's guards"),
        ({"kind": "Secret", "metadata": {"name": ACCESS_SECRET}}, "access to the sandbox hangs on"),
        ({"kind": "Secret", "type": "kubernetes.io/service-account-token"}, "a key to the cluster that never ends"),
        ({"kind": "Service", "spec": {"type": "LoadBalancer"}}, "has no room in a sandbox's quota"),
        ({"status": {}}, "status is the cluster's own"),
    ],
)
def test_what_may_not_stand_in_a_sandbox_is_refused(changes: Mapping[str, Any], problem: str) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "some"}}
    assert problems_of([manifest]) == []
    [found] = problems_of([{**manifest, **changes}])
    assert problem in found


def test_two_objects_of_one_name_and_too_many_objects_are_refused() -> None:
    manifest: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "some"}}
    assert problems_of([manifest, manifest]) == ["ConfigMap some: stands twice"]
    many = [{**manifest, "metadata": {"name": f"some-{number}"}} for number in range(MOST + 1)]
    assert problems_of(many[:MOST]) == []
    assert problems_of(many) == [f"there are {MOST + 1} objects; {MOST} are the most"]


# --- nothing that people type becomes structure ---------------------------------------------------------------------------

HOSTILE = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.sampled_from("{}[]:,#&*!|>'\"%@`-? \n\t\\ax0~=<.\u2028\u0085\x00"), max_size=60),
    st.sampled_from(
        [
            "x\nkind: RoleBinding",
            "x\n---\napiVersion: v1",
            "{{ 7 * 7 }}",
            "{% for x in range(9) %}",
            "*anchor",
            "!!python/object/apply:os.system [id]",
            "'}, spec: {hostNetwork: true, x: '",
            '"}, spec: {hostNetwork: true, x: "',
            "null",
            "true",
            "1e3",
            "2026-01-01",
            "<<",
            "=",
            "mark0z",
        ]
    ),
)
EVERYWHERE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ text }}
  labels: {first: {{ text }}, second: {{ text }}}
  annotations: {"third": {{ text ~ '/' ~ text }}}
data:
  - {{ text }}
  - [{{ text }}, {{ number }}, {{ flag }}]
  -   {{ text }}
  -
    {{ text }}
  - {fourth: {{ text }}}
  - |
    nothing to see here
  - {{ text | length }}
"""


@settings(deadline=None)
@given(HOSTILE, st.integers(), st.booleans())
def test_a_value_is_a_value_wherever_it_stands_and_whatever_is_in_it(text: str, number: int, flag: bool) -> None:
    assert render(EVERYWHERE, text=text, number=number, flag=flag) == [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": text,
                "labels": {"first": text, "second": text},
                "annotations": {"third": f"{text}/{text}"},
            },
            "data": [
                text,
                [text, number, flag],
                text,
                text,
                {"fourth": text},
                "nothing to see here\n",
                len(text),
            ],
        }
    ]


def shape(value: Any) -> Any:
    """Without the values: keys, lists and types only."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(inner) for inner in value]
        case _:
            return type(value).__name__


@settings(deadline=None, max_examples=30)
@given(HOSTILE)
def test_no_text_changes_the_structure_of_a_shipped_template(text: str) -> None:
    for template in TEMPLATES.values():
        first = tried_with(template)[0]
        hostile = {
            name: text if isinstance(template.parameters[name], TextParameter) else value
            for name, value in first.items()
        }
        [before, after] = [
            [each for _file, each in rendered(template.manifests, given, ABOUT)] for given in (first, hostile)
        ]
        assert shape(after) == shape(before)


@pytest.mark.parametrize(
    "line",
    [
        "  some: {{ text }}-db",
        "  some: prefix {{ text }}",
        '  some: "{{ text }}-db"',
        "  some: {{ text }}{{ text }}",
        "  some: |\n    a line\n    {{ text }}",
        "  some: [{{ text }} {{ text }}]",
    ],
)
@settings(deadline=None)
@given(HOSTILE)
def test_an_expression_that_is_not_a_whole_value_is_refused_whatever_it_holds(line: str, text: str) -> None:
    assert "an expression must be the whole value: join with ~" in refusal(CONFIG_MAP + line, text=text)


@settings(deadline=None)
@given(HOSTILE)
def test_an_expression_cannot_be_a_key(text: str) -> None:
    assert "cannot be a key" in refusal(CONFIG_MAP + "  {{ text }}: yes", text=text)


def test_a_quoted_expression_is_a_value_like_any_other() -> None:
    [found] = render(CONFIG_MAP + "  a: \"{{ text }}\"\n  b: '{{ text }}'\n# {{ text }}\n", text='it\'s: "so"')
    assert found["data"] == {"a": 'it\'s: "so"', "b": 'it\'s: "so"'}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("  some: {{ missing }}", "'missing' is undefined"),
        ("  some: {{ sandbox.missing }}", "has no attribute 'missing'"),
        ("  some: {{ [text] }}", "comes to a list"),
        ("  some: {{ sandbox }}", "comes to a dict"),
        ("  some: {{ 1.5 }}", "comes to a float"),
        ("  some: {{ text.__class__ }}", "unsafe"),
        ("  some: {{ 1 / 0 }}", "division by zero"),
        ("  some: {{ text + 1 }}", "str"),
        ("  some: {% include 'other' %}", "no loader"),
        ("  some: {% set x %}{{ text }}{% endset %}{{ x }}", "join with ~ instead"),
        ("  some: {{ range(1000000) | list | length }}", "Range too big"),
        ("  some: 2026-01-01", "quote it"),
        ("  some: .nan", "no number"),
        ("  1: some", "must be text: quote it"),
        ("  some: a\n  some: b", "some stands twice"),
        ("  some: {", "this is not YAML"),
        ("  some: !!python/name:os.system a", "this is not YAML"),
    ],
)
def test_what_a_template_does_wrong_is_said_and_shows_no_value(line: str, problem: str) -> None:
    said = refusal(CONFIG_MAP + line, text="the-value")
    assert said.startswith("some.yaml.j2: ")
    assert problem in said
    assert "the-value" not in said


def test_conditions_and_loops_are_the_authors() -> None:
    source = (
        "{% for n in range(count) %}\n---" + CONFIG_MAP.replace("some", "{{ 'some-' ~ n }}") + "  a: b\n{% endfor %}"
    )
    assert [each["metadata"]["name"] for each in render(source, count=3)] == ["some-0", "some-1", "some-2"]
    assert render(source, count=0) == []


# --- parameters -----------------------------------------------------------------------------------------------------------


def test_what_is_given_is_read_and_what_is_not_has_its_default() -> None:
    found = values_of(
        "postgres", TEMPLATES["postgres"].parameters, {"storage": "2048Mi", "memory": "", "database": "shop"}
    )
    assert found == {"version": "17", "database": "shop", "storage": "2Gi", "memory": "512Mi"}


def test_every_problem_is_named_at_its_parameter() -> None:
    given = {"replicas": "9", "port": "high", "public": "maybe", "image": "no spaces please", "colour": "red"}
    with pytest.raises(FieldErrors) as caught:
        values_of("web", TEMPLATES["web"].parameters, given)
    assert caught.value.errors == {
        "parameters.colour": "is no parameter of the template web: it takes image, port, replicas, public and root",
        "parameters.replicas": "must be at most 5",
        "parameters.port": "must be a whole number, such as 3",
        "parameters.public": "must be yes or no",
        "parameters.image": "must look like nginxinc/nginx-unprivileged:stable",
    }


@pytest.mark.parametrize(
    ("template", "name", "text", "problem"),
    [
        ("postgres", "version", "71", "must be 18, 17 or 16"),
        ("postgres", "storage", "1Mi", "must be at least 256Mi"),
        ("postgres", "storage", "1Ti", "must be at most 100Gi"),
        ("postgres", "storage", "much", "must be a size"),
        ("postgres", "password", "hunter2", "is made for you and cannot be given"),
        ("postgres", "database", "a" * 64, "must have at most 63 characters"),
        ("web", "image", "nginx\nkind: Pod", "must be one line of text"),
        ("web", "port", "0", "must be at least 1"),
        ("empty", "image", "nginx", "it takes none"),
    ],
)
def test_a_wrong_value_is_refused(template: str, name: str, text: str, problem: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        values_of(template, TEMPLATES[template].parameters, {name: text})
    assert list(caught.value.errors) == [f"parameters.{name}"]
    assert problem in caught.value.errors[f"parameters.{name}"]


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from([(t, p) for t in TEMPLATES for p in TEMPLATES[t].parameters]))
def test_any_text_is_either_read_or_refused_in_words(text: str, which: tuple[str, str]) -> None:
    template, name = which
    parameters = TEMPLATES[template].parameters
    try:
        found = values_of(template, parameters, {name: text})
    except FieldErrors as error:
        refused = set(error.errors)
    else:
        refused = {f"parameters.{name}"}
        TEMPLATES[template].objects({**found, **generated(parameters)}, ABOUT)
    assert refused == {f"parameters.{name}"}


# --- the platform's own ---------------------------------------------------------------------------------------------------


def test_the_platforms_own_are_added_and_win_over_one_of_the_same_name(tmp_path: Path) -> None:
    written(tmp_path, "web", "summary: Ours", some=CONFIG_MAP + "  a: b")
    written(tmp_path, "queue", "summary: A queue")
    (tmp_path / "README.md").write_text("not a template")
    (tmp_path / ".git").mkdir()
    found = load_templates(tmp_path)
    assert list(found) == ["empty", "postgres", "queue", "redis", "web"]
    assert [name for name, template in found.items() if template.own] == ["queue", "web"]
    assert found["web"].summary == "Ours"


def test_every_mistake_in_every_template_is_said_at_once_with_its_file(tmp_path: Path) -> None:
    written(
        tmp_path, "a", "summary: A\nparameters:\n  one: {type: text}\n  Two: {type: choice, choices: []}\ncolour: red"
    )
    written(tmp_path, "b", "summary: B", some="{% if %}", other="{{ 'a' }")
    written(tmp_path, "c", "summary: [", some="")
    written(tmp_path, "d", "summary: D", some=CONFIG_MAP + "  a: {{ missing }}")
    written(
        tmp_path,
        "e",
        "summary: E",
        some="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: e}\nspec: {replicas: '1'}",
    )
    written(tmp_path, "F", "summary: F")
    (tmp_path / "g").mkdir()
    found = "\n".join(mistakes(tmp_path))
    for expected in (
        "a/template.yaml: parameters.one.text: needs a default or an example",
        "a/template.yaml: colour: is not known here",
        "a/template.yaml: parameters.Two",
        "b/some.yaml.j2: line 1: ",
        "b/other.yaml.j2: line 1: ",
        "c/template.yaml: near line 1: this is not YAML",
        "d/some.yaml.j2: 'missing' is undefined",
        "e/Deployment e: spec.replicas must be a whole number",
        "e/Deployment e: spec.selector is missing",
        "F: a template's name must be",
        "g/template.yaml: is missing",
    ):
        assert expected in found
    assert "sandbox.templates" in mistakes(tmp_path / "nowhere")[0]


@pytest.mark.parametrize(
    ("parameter", "problem"),
    [
        ("{type: text, default: 5}", "must be text"),
        ("{type: text, default: x, pattern: '['}", "is no regular expression"),
        ("{type: text, default: x, pattern: '[0-9]+', example: y}", "must look like y"),
        ("{type: text, default: 'two\\nlines'}", ""),
        ('{type: text, default: "two\\nlines"}', "must be one line of text"),
        ("{type: whole number, default: 9, most: 5}", "must be at most 5"),
        ("{type: whole number, default: yes}", "a whole number"),
        ("{type: choice, choices: [a, b], default: c}", "must be a or b"),
        ("{type: choice, choices: [on, off]}", "must be text"),
        ("{type: yes or no, default: 'maybe'}", "yes or no"),
        ("{type: size, default: 1Gi, most: 512Mi}", "must be at most 512Mi"),
        ("{type: size, default: much}", "must be a size"),
        ("{type: generated secret, length: 4}", "at least 16"),
        ("{type: generated secret, default: x}", "is not known here"),
        ("{type: colour}", "parameters.one"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(tmp_path: Path, parameter: str, problem: str) -> None:
    written(tmp_path, "mine", f"summary: Mine\nparameters:\n  one: {parameter}")
    if not problem:
        load_templates(tmp_path)
        return
    found = mistakes(tmp_path)[0]
    assert found.startswith("mine/template.yaml: parameters.one")
    assert problem in found


def test_a_parameter_cannot_be_called_sandbox(tmp_path: Path) -> None:
    written(tmp_path, "mine", "summary: Mine\nparameters:\n  sandbox: {type: text, default: x}")
    assert "is the name of what the template knows of its sandbox" in mistakes(tmp_path)[0]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"some": CONFIG_MAP + "  a: {{ 'x' ~ one }}"}, "holds a generated secret, which only a Secret may"),
        (
            {
                name: f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{a: {{{{ one }}}} }}"
                for name in ("first", "second")
            },
            "holds a generated secret that Secret first has already",
        ),
    ],
)
def test_a_generated_secret_may_stand_in_one_secret_only(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    written(tmp_path, "mine", "summary: Mine\nparameters: {one: {type: generated secret}}", **files)
    assert problem in mistakes(tmp_path)[0]


def test_a_condition_that_breaks_it_is_found_before_anybody_meets_it(tmp_path: Path) -> None:
    broken = CONFIG_MAP + "{% if one %}  a: {{ missing }}{% else %}  a: b{% endif %}"
    written(tmp_path, "mine", "summary: Mine\nparameters: {one: {type: yes or no}}", some=broken)
    assert mistakes(tmp_path) == ["mine/some.yaml.j2: 'missing' is undefined"]


def test_a_template_is_rendered_from_what_was_read_at_start(tmp_path: Path) -> None:
    written(tmp_path, "mine", "summary: Mine", some=CONFIG_MAP + "  a: b")
    mine = load_templates(tmp_path)["mine"]
    (tmp_path / "mine" / "some.yaml.j2").write_text("nothing")
    [made] = mine.objects({}, ABOUT)
    assert made["data"] == {"a": "b"}
    assert replace(mine, name="other").objects({}, ABOUT) == [made]


def test_the_types_of_parameters_are_all_in_use_or_tried() -> None:
    kinds = {type(each) for template in TEMPLATES.values() for each in template.parameters.values()}
    assert len(kinds) == 6, f"{kinds} of {Parameter}"
    assert isinstance(TEMPLATES["web"], Template)
