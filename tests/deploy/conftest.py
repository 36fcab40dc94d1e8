"""Every variant of what can be deployed, rendered once."""

import functools
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.deploy.kustomization import Manifest, render
from tests.deploy.variants import DEPLOY, OVERLAYS, VARIANTS, named, write


@functools.cache
def rendered(variant: tuple[str, tuple[str, ...]]) -> list[Manifest]:
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(DEPLOY, Path(name) / "deploy")
        return render(write(Path(name) / "ours", variant))


@pytest.fixture(params=VARIANTS, ids=named)
def variant(request: pytest.FixtureRequest) -> tuple[str, tuple[str, ...]]:
    found: tuple[str, tuple[str, ...]] = request.param
    return found


@pytest.fixture
def objects(variant: tuple[str, tuple[str, ...]]) -> list[Manifest]:
    """The objects of each variant; the test runs for all of them."""
    return rendered(variant)


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> list[Manifest]:
    """The objects of each overlay, without components."""
    return rendered((request.param, ()))
