"""What the page of the upgrade says of MetalLB's own files."""

import yaml

from metallb.releases import BUILTIN_RELEASES, parse_release
from tests.support.metallb_module import module_folder

CHART = "charts/metallb/templates"


def test_a_chart_refuses_a_configuration_in_its_values_and_one_of_0_12_takes_it() -> None:
    newest = module_folder(BUILTIN_RELEASES[-1]) / CHART
    refusal = (newest / "deprecated_configInline.yaml").read_text(encoding="utf-8")
    assert refusal.startswith("{{- if .Values.configInline }}\n{{- fail ")
    oldest = module_folder(parse_release("0.12.1")) / CHART
    files = [path.read_text(encoding="utf-8") for path in sorted(oldest.glob("*.yaml"))]
    assert any("toYaml .Values.configInline" in text for text in files)
    helpers = (oldest / "_helpers.tpl").read_text(encoding="utf-8")
    assert "existingConfigMap" in helpers


def test_what_the_page_deletes_is_what_the_manifests_of_0_12_made() -> None:
    manifest = module_folder(parse_release("0.12.1")) / "manifests/metallb.yaml"
    documents = list(yaml.safe_load_all(manifest.read_text(encoding="utf-8")))
    made = {(each["kind"], each["metadata"]["name"]) for each in documents}
    assert {("Role", "config-watcher"), ("RoleBinding", "config-watcher")} <= made
    assert {name for kind, name in made if kind == "PodSecurityPolicy"} == {"controller", "speaker"}
