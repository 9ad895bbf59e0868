"""The manifests are current, are what Kubernetes takes, and let nobody in."""

import re
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from stack import containers as secrets
from stack import kubernetes, table
from stack import profile as profiles
from stack.kubernetes_names import SCALED
from stack.profile import ROOT
from tests.deploy.composed import VARIABLE, VERSION, container, containers

PROFILE = profiles.load(profiles.Kind.TEST)
FOLDER = ROOT / "deploy" / "kubernetes"
# A released one; what it takes, those after it take for a long time.
SCHEMAS = "kubernetes-json-schema/v1.31.0-local-strict"


@cache
def manifests() -> tuple[dict[str, Any], ...]:
    files = [file for file in sorted(FOLDER.rglob("*.yaml")) if file.name != "kustomization.yaml"]
    return tuple(each for file in files for each in yaml.safe_load_all(file.read_text()))


def called(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [each for each in manifests() if each["kind"] in kinds]


RUNNING = of_kind("Deployment", "StatefulSet")
EVERY_POD = pytest.mark.parametrize("one", [*RUNNING, *of_kind("Job")], ids=called)


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    return dict(manifest["spec"]["template"]["spec"])


def test_the_generated_manifests_are_current() -> None:
    assert kubernetes.stale() == [], "run: make manifests"


@pytest.mark.parametrize("one", manifests(), ids=called)
def test_a_manifest_is_what_kubernetes_takes(one: dict[str, Any]) -> None:
    group, _, version = one["apiVersion"].rpartition("/")
    name = "-".join(filter(None, (one["kind"].lower(), group.split(".")[0], version)))
    validator(name).validate(one)


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """As kubernetes_validate does it, which reads two megabytes anew for each manifest."""
    schema = schema_contents(f"{SCHEMAS}/{name}.json", "1.31")
    return jsonschema.Draft202012Validator(schema, registry=definitions())


@cache
def definitions() -> Registry:
    return (
        Resource.from_contents(schema_contents(f"{SCHEMAS}/_definitions.json", "1.31")) @ Registry()
    )


def test_a_manifest_with_a_slip_is_refused() -> None:
    one = of_kind("Deployment")[0]
    with pytest.raises(jsonschema.ValidationError, match="replica"):
        validator("deployment-apps-v1").validate({**one, "spec": {**one["spec"], "replica": 2}})


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("kustomization.yaml")), ids=str)
def test_kustomize_is_told_of_every_file(file: Any) -> None:
    listed = set(yaml.safe_load(file.read_text())["resources"])
    own = {each.name for each in file.parent.glob("*.yaml")} - {"kustomization.yaml"}
    assert own == {name for name in listed if name.endswith(".yaml")}
    assert all((file.parent / name).exists() for name in listed)


def test_no_two_of_a_kind_have_one_name() -> None:
    names = [called(each) for each in manifests()]
    assert len(names) == len(set(names))


def test_every_program_of_the_stack_runs_with_its_command() -> None:
    running = {each["metadata"]["name"]: pod(each)["containers"][0] for each in RUNNING}
    programs = (*table.applications(PROFILE), *table.exporters(PROFILE))
    expected = {program.name.removesuffix("-1").removesuffix("-2") for program in programs}
    assert set(running) - {"kong"} == expected
    for program in programs:
        name = program.name.removesuffix("-1").removesuffix("-2")
        assert running[name]["args"] == container(program.name).definition["command"]


@EVERY_POD
def test_a_pod_may_do_as_little_as_possible(one: dict[str, Any]) -> None:
    spec = pod(one)
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 1000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for each in spec["containers"]:
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(each["resources"]["limits"]) == set(each["resources"]["requests"])


@pytest.mark.parametrize("one", RUNNING, ids=called)
def test_what_runs_is_asked_whether_it_lives_and_whether_it_is_ready(one: dict[str, Any]) -> None:
    for each in pod(one)["containers"]:
        ports = {port["name"] for port in each["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert each[probe]["httpGet"]["port"] in ports


@EVERY_POD
def test_an_image_is_pinned_and_the_same_as_in_the_composition(one: dict[str, Any]) -> None:
    for each in pod(one)["containers"]:
        name, _, tag = each["image"].partition(":")
        assert tag == (VERSION if name.startswith("strangler-reference/") else tag)
        assert tag[0].isdigit()


@EVERY_POD
def test_a_container_is_told_all_that_the_composition_tells_it(one: dict[str, Any]) -> None:
    name = one["metadata"]["name"]
    composed = container(name if name in table_of_containers() else f"{name}-1")
    shared = next(each for each in of_kind("ConfigMap"))["data"]
    each = pod(one)["containers"][0]
    told = {entry["name"] for entry in each["env"]} | (set(shared) if "envFrom" in each else set())
    assert set(composed.environment) <= told


def table_of_containers() -> set[str]:
    return {each.name for each in containers()}


@EVERY_POD
def test_a_secret_is_named_and_never_written(one: dict[str, Any]) -> None:
    for each in pod(one)["containers"]:
        seen: set[str] = set()
        for entry in each["env"]:
            if "valueFrom" in entry:
                assert entry["valueFrom"]["secretKeyRef"]["key"] in secrets.SECRETS
            else:
                assert not VARIABLE.search(entry["value"])
                # Only what stands before it is filled in.
                assert set(_filled(entry["value"])) <= seen
            seen.add(entry["name"])
    assert of_kind("Secret") == []


def _filled(value: str) -> list[str]:
    return [part.split(")")[0] for part in value.split("$(")[1:]]


def test_services_and_budgets_select_something() -> None:
    running = {each["metadata"]["name"] for each in RUNNING}
    for each in of_kind("Service"):
        if each["spec"].get("type") != "ExternalName":
            assert each["spec"]["selector"]["app.kubernetes.io/name"] in running
    for each in of_kind("PodDisruptionBudget"):
        assert each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] in running
    many = {each["metadata"]["name"] for each in RUNNING if each["spec"].get("replicas", 2) > 1}
    assert many == {each["metadata"]["name"] for each in of_kind("PodDisruptionBudget")}


def test_every_name_that_is_asked_is_a_service() -> None:
    services = {each["metadata"]["name"] for each in of_kind("Service")}
    asked = {
        host.split(".")[-1]
        for each in (*RUNNING, *of_kind("Job"))
        for entry in pod(each)["containers"][0]["env"]
        for host in _hosts(entry.get("value", ""))
    }
    asked |= {h for v in of_kind("ConfigMap")[0]["data"].values() for h in _hosts(v)}
    # Tracing is off unless a file asks for it.
    assert asked - {"jaeger"} <= services


def test_the_address_of_the_admin_api_is_not_the_address_of_the_door() -> None:
    opened = {
        each["metadata"]["name"]: [port["name"] for port in each["spec"]["ports"]]
        for each in of_kind("Service")
        if each["spec"].get("selector") == {"app.kubernetes.io/name": "kong"}
    }
    # Whoever gives the door an address outside gives it to all ports of its Service.
    assert opened == {"kong": ["proxy"], "kong-each": ["proxy", "status"], "kong-admin": ["admin"]}
    admin = next(each for each in of_kind("Service") if each["metadata"]["name"] == "kong-admin")
    assert admin["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_whoever_asks_the_gateway_asks_at_a_port_of_that_service() -> None:
    ports = {
        each["metadata"]["name"]: {port["port"] for port in each["spec"].get("ports", [])}
        for each in of_kind("Service")
    }
    told = [entry.get("value", "") for each in of_kind("Job") for entry in _entries(each)]
    told += of_kind("ConfigMap")[0]["data"].values()
    asked = {match for value in told for match in re.findall(r"://(kong[a-z-]*):(\d+)", value)}
    assert {name for name, _ in asked} == {"kong", "kong-admin"}
    assert all(int(port) in ports[name] for name, port in asked)


def _entries(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return list(pod(manifest)["containers"][0]["env"])


def _hosts(value: str) -> list[str]:
    # A pod of a StatefulSet stands before the name of its Service.
    return re.findall(r"(?:://(?:[^@/]*@)?|^|,)(?:[a-z-]+-\d\.)?([a-z][a-z-]*):\d+", value)


def test_nobody_is_let_in_by_default_and_the_admin_api_only_to_its_job() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind("NetworkPolicy")}
    assert policies["nobody-by-default"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    rules = policies["gateway"]["ingress"]
    admin = [rule for rule in rules if {"port": "admin", "protocol": "TCP"} in rule["ports"]]
    chosen = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "gateway-setup"}}}
    assert [rule["from"] for rule in admin] == [[chosen]]


def test_what_scales_is_left_to_its_autoscaler() -> None:
    scaled = {one["metadata"]["name"] for one in of_kind("HorizontalPodAutoscaler")}
    # Without one a Deployment that tells no number has one pod.
    assert scaled == SCALED == {"catalog", "inventory", "orders"}
    for each in of_kind("HorizontalPodAutoscaler"):
        name = each["spec"]["scaleTargetRef"]["name"]
        target = next(one for one in of_kind("Deployment") if one["metadata"]["name"] == name)
        assert "replicas" not in target["spec"]
