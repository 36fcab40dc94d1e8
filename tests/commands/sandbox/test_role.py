"""What a sandbox's user may do, in the code and in the file that a cluster is given."""

from pathlib import Path

import yaml

from commands.sandbox.role import user_role

FILE = Path(__file__).parents[3] / "deploy" / "base" / "sandbox-role.yaml"


def test_the_code_and_the_file_give_the_same_rights() -> None:
    assert user_role() == yaml.safe_load(FILE.read_text())
