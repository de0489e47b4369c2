"""Signing in."""

import json

import pytest
import up42
from up42 import base
from up42.http import oauth


def test_the_user_is_the_default_workspace(sandbox):
    """After signing in, the SDK's workspace is the `sub` of userinfo."""
    up42.authenticate(username=sandbox.username, password=sandbox.password)

    assert base.workspace.id == sandbox.workspace_id


def test_credentials_may_lie_in_a_file(sandbox, tmp_path):
    """A configuration file signs in as the arguments do."""
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({"username": sandbox.username, "password": sandbox.password}))

    up42.authenticate(cfg_file=file)

    assert base.workspace.id == sandbox.workspace_id


@pytest.mark.parametrize(("username", "password"), [(None, "wrong"), ("nobody@example.com", None)])
def test_wrong_credentials_are_refused(sandbox, username, password):
    """A wrong password or name is WrongCredentials to the SDK."""
    with pytest.raises(oauth.WrongCredentials):
        up42.authenticate(username=username or sandbox.username, password=password or sandbox.password)
