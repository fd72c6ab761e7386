"""Validates Kubernetes manifests (YAML on standard input) against their schemas, unknown fields refused.

Arguments: the versions of Kubernetes. Prints a line for each problem and one for what was looked at.
"""

import sys

import kubernetes_validate
import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor
from pydantic import ValidationError

CUSTOM_RESOURCES = {
    ("keda.sh/v1alpha1", "ScaledObject"): ScaledObject,
    ("keda.sh/v1alpha1", "TriggerAuthentication"): TriggerAuthentication,
    ("monitoring.coreos.com/v1", "PrometheusRule"): PrometheusRule,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): ServiceMonitor,
}


def problems(manifest: dict, versions: list[str]) -> list[str]:
    model = CUSTOM_RESOURCES.get((manifest["apiVersion"], manifest["kind"]))
    if model is None:
        return [text for version in versions for text in core_problems(manifest, version)]
    try:
        known = model.model_validate(manifest).model_dump(by_alias=True, exclude_none=True, mode="json")
    except ValidationError as error:
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    # The models ignore unknown fields: a field that is missing from their output is unknown.
    return [] if known == manifest else ["has fields that its schema does not know"]


def core_problems(manifest: dict, version: str) -> list[str]:
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"Kubernetes {version} knows no {manifest['kind']} of {manifest['apiVersion']}"]
    return []


manifests = [manifest for manifest in yaml.safe_load_all(sys.stdin) if manifest]
found = [
    f"{manifest['kind']} {manifest['metadata']['name']}: {text}"
    for manifest in manifests
    for text in problems(manifest, sys.argv[1:])
]
print("\n".join([*found, f"{len(manifests)} manifests, {len(found)} problems"]))
sys.exit(1 if found else 0)
