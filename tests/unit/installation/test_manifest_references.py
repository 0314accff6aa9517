"""What one object says about another is true: names, labels, ports, paths."""

import re

import pytest
import yaml

from metallb.stackfile.install import Install

MADE_BY_OTHERS = {
    # The controller makes it at its start; a speaker waits for it.
    ("Secret", "memberlist"),
    # A person who needs other timers makes it; its volume is optional.
    ("ConfigMap", "metallb-memberlist-config"),
}


def _kind(objects, *kinds):
    return [item for item in objects if item["kind"] in kinds]


def _matches(selector, labels):
    return selector.items() <= labels.items()


def _workload(objects, selector):
    (found,) = [
        item
        for item in _kind(objects, "Deployment", "DaemonSet")
        if _matches(selector, item["spec"]["template"]["metadata"]["labels"])
    ]
    return found["spec"]["template"]["spec"]["containers"][0]


@pytest.fixture
def objects(everything, full, version):
    return everything(full(version))


def test_workloads_select_their_own_pods(objects):
    for item in _kind(objects, "Deployment", "DaemonSet"):
        labels = item["spec"]["template"]["metadata"]["labels"]
        assert item["spec"]["selector"]["matchLabels"] == labels


def test_speakers_find_each_other_by_the_labels_they_have(objects):
    (speaker,) = _kind(objects, "DaemonSet")
    template = speaker["spec"]["template"]
    (value,) = [
        item["value"]
        for item in template["spec"]["containers"][0]["env"]
        if item["name"] == "METALLB_ML_LABELS"
    ]
    assert dict(pair.split("=") for pair in value.split(",")) == template["metadata"]["labels"]


def test_the_controller_finds_its_own_deployment(objects):
    (controller,) = _kind(objects, "Deployment")
    environment = controller["spec"]["template"]["spec"]["containers"][0]["env"]
    (name,) = [item["value"] for item in environment if item["name"] == "METALLB_DEPLOYMENT"]
    assert name == controller["metadata"]["name"]


def test_accounts_roles_and_volumes_exist(objects):
    there = {(item["kind"], item["metadata"]["name"]) for item in objects} | MADE_BY_OTHERS
    for item in _kind(objects, "Deployment", "DaemonSet"):
        pod = item["spec"]["template"]["spec"]
        assert ("ServiceAccount", pod["serviceAccountName"]) in there
        names = {volume["name"] for volume in pod.get("volumes", [])}
        mounted = pod["containers"][0].get("volumeMounts", [])
        assert names == {mount["name"] for mount in mounted}
        for volume in pod.get("volumes", []):
            if "secret" in volume:
                assert ("Secret", volume["secret"]["secretName"]) in there
            else:
                assert ("ConfigMap", volume["configMap"]["name"]) in there
    for item in _kind(objects, "RoleBinding", "ClusterRoleBinding"):
        assert (item["roleRef"]["kind"], item["roleRef"]["name"]) in there
        for subject in item["subjects"]:
            if subject["namespace"] == "metallb-system":
                assert ("ServiceAccount", subject["name"]) in there
            else:
                assert (subject["namespace"], subject["name"]) == ("monitoring", "prometheus-k8s")


def test_every_role_is_bound_and_every_account_used(objects):
    roles = {(r["kind"], r["metadata"]["name"]) for r in _kind(objects, "Role", "ClusterRole")}
    bindings = _kind(objects, "RoleBinding", "ClusterRoleBinding")
    assert roles == {(b["roleRef"]["kind"], b["roleRef"]["name"]) for b in bindings}


def test_services_reach_a_port_of_their_pods(objects):
    for service in _kind(objects, "Service"):
        container = _workload(objects, service["spec"]["selector"])
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in [item["containerPort"] for item in container["ports"]]


def test_service_monitors_find_their_service_and_port(objects):
    monitors = _kind(objects, "ServiceMonitor")
    assert len(monitors) == 2
    for monitor in monitors:
        (service,) = [
            item
            for item in _kind(objects, "Service")
            if _matches(monitor["spec"]["selector"]["matchLabels"], item["metadata"]["labels"])
        ]
        (port,) = service["spec"]["ports"]
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["port"] == port["name"]
        assert service["spec"]["clusterIP"] == "None"
        assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "metallb"
        assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["metallb-system"]}


def test_scheme_and_token_fit_the_release(everything, full, version):
    plain = version == "0.12.1"
    for monitor in _kind(everything(full(version)), "ServiceMonitor"):
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["scheme"] == ("http" if plain else "https")
        assert ("bearerTokenFile" in endpoint) is not plain
        assert ("tlsConfig" in endpoint) is not plain


def test_webhooks_are_called_as_in_metallbs_manifests(everything, current):
    # Server-side apply over those manifests merges by name: another name is another webhook.
    (configuration,) = _kind(everything(Install(version=current)), "ValidatingWebhookConfiguration")
    words = ("bgppeers", "bfdprofile", "bgpadvertisement", "community", "ipaddresspool")
    assert {webhook["name"] for webhook in configuration["webhooks"]} == {
        f"{word}validationwebhook.metallb.io" for word in (*words, "l2advertisement")
    }


def test_webhooks_lead_to_the_controller(everything, full, current):
    objects = everything(full(current))
    (configuration,) = _kind(objects, "ValidatingWebhookConfiguration")
    served = {
        (crd["spec"]["names"]["plural"], version["name"]): crd["spec"]["names"]["singular"]
        for crd in _kind(objects, "CustomResourceDefinition")
        for version in crd["spec"]["versions"]
    }
    services = {item["metadata"]["name"]: item for item in _kind(objects, "Service")}
    known = {}
    for webhook in configuration["webhooks"]:
        client = webhook["clientConfig"]
        assert "caBundle" not in client
        (rule,) = webhook["rules"]
        (plural,), (version,) = rule["resources"], rule["apiVersions"]
        singular = served[plural, version]
        assert client["service"] == {
            "name": "metallb-webhook-service",
            "namespace": "metallb-system",
            "path": f"/validate-metallb-io-{version}-{singular}",
        }
        assert (webhook["failurePolicy"], webhook["sideEffects"]) == ("Fail", "None")
        assert webhook["admissionReviewVersions"] == ["v1"]
        known[plural] = (version, tuple(rule["operations"]))
    change = ("CREATE", "UPDATE")
    assert known == {
        "bgppeers": ("v1beta2", change),
        "bfdprofiles": ("v1beta1", ("CREATE", "DELETE")),
        "bgpadvertisements": ("v1beta1", change),
        "communities": ("v1beta1", change),
        "ipaddresspools": ("v1beta1", change),
        "l2advertisements": ("v1beta1", change),
    }
    service = services["metallb-webhook-service"]
    assert service["spec"]["selector"]["component"] == "controller"
    assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [
        (443, 9443)
    ]


def test_the_certificate_is_left_to_the_controller(everything, find, current):
    secret = find(everything(Install(version=current)), "Secret", "metallb-webhook-cert")
    assert not {"data", "stringData"} & secret.keys()


def test_network_policies_name_ports_that_exist(everything, full, find, current):
    objects = everything(full(current))
    policy = find(objects, "NetworkPolicy", "controller")["spec"]
    container = _workload(objects, policy["podSelector"]["matchLabels"])
    assert container["name"] == "controller"
    named = {port["port"] for rule in policy["ingress"] for port in rule["ports"]}
    assert named == {port["name"] for port in container["ports"]}
    (egress,) = policy["egress"]
    assert "to" not in egress
    assert {"protocol": "TCP"} in egress["ports"]
    deny = find(objects, "NetworkPolicy", "default-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_metrics_stay_closed_when_nothing_scrapes(everything, find, current):
    objects = everything(Install(version=current, network_policy=True))
    policy = find(objects, "NetworkPolicy", "controller")["spec"]
    ports = [port["port"] for rule in policy["ingress"] for port in rule["ports"]]
    assert ports == ["webhook-server"]


def test_alerts_look_for_workloads_that_run(objects, find):
    rules = find(objects, "PrometheusRule", "metallb")["spec"]["groups"][0]["rules"]
    expressions = " ".join(rule["expr"] for rule in rules)
    there = {
        (item["kind"].lower(), item["metadata"]["name"])
        for item in _kind(objects, "Deployment", "DaemonSet")
    }
    named = re.findall(r'(deployment|daemonset)="([^"]+)"', expressions)
    assert set(named) == there


def test_excluded_interfaces_are_a_list_of_patterns(everything, find, current):
    config = find(everything(Install(version=current)), "ConfigMap", "metallb-excludel2")
    document = yaml.safe_load(config["data"]["excludel2.yaml"])
    patterns = [re.compile(item) for item in document["announcedInterfacesToExclude"]]
    assert len(patterns) == 14
    hidden = ["lo", "docker0", "cali1234", "veth9", "flannel.1", "cni0", "kube-ipvs0", "lxc_health"]
    for interface in hidden:
        assert any(pattern.search(interface) for pattern in patterns), interface
    for interface in ("eth0", "bond0", "eno1", "loop"):
        assert not any(pattern.search(interface) for pattern in patterns), interface
