"""What can be deployed: each overlay, with each set of components that goes together."""

from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAYS = ("sqlite", "postgres")
COMPONENT_SETS: tuple[tuple[str, ...], ...] = (
    (),
    ("ingress",),
    ("ingress", "http-mode"),
    ("admission-policy",),
    ("unblock",),
    ("monitoring",),
    ("ingress", "http-mode", "admission-policy", "monitoring"),
)
VARIANTS = tuple((overlay, components) for overlay in OVERLAYS for components in COMPONENT_SETS)


def named(variant: tuple[str, tuple[str, ...]]) -> str:
    overlay, components = variant
    return "+".join((overlay, *components))


def write(folder: Path, variant: tuple[str, tuple[str, ...]]) -> Path:
    """Makes of `folder` what an operator would keep: their own kustomization on top of ours. (A copy of deploy/ lies beside
    it: kustomize takes relative paths only.)"""
    overlay, components = variant
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"../deploy/overlays/{overlay}"],
        "components": [f"../deploy/components/{name}" for name in components],
    }
    folder.mkdir()
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return folder
