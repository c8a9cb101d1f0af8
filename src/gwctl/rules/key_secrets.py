"""Secrets of keys: minted, a person's own, or carried along as a hash; and another one in the place of the old.

Source: proxy/management_endpoints/key_management_endpoints.py, generate_key_helper_fn and regenerate_key_fn. Where the
endpoint lets earlier grace rows die and forgets access groups, both follow here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from gwctl import durations, secrets
from gwctl.core import releases
from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Conflict, GwctlError, Invalid
from gwctl.rules import archives, assignments

KEYS = "LiteLLM_VerificationToken"
ARCHIVE = "LiteLLM_DeletedVerificationToken"
MAPPINGS = "LiteLLM_JWTKeyMapping"
GRACE = "LiteLLM_DeprecatedVerificationToken"
GRACE_WORKS_FROM = (1, 105)


def give(change: Change) -> None:
    """A new key gets its secret; a hash alone carries a key from another gateway."""
    change.fields.pop("grace", None)  # there is no earlier secret
    given = change.fields.get("key")
    if given is None and change.fields.get("token"):
        if not secrets.is_hash(change.fields["token"]):
            change.refuse(
                "token should be the SHA-256 of a secret: 64 hexadecimal digits, lower case", "token", kind=Invalid
            )
        return
    if given is not None and not _is_fit(change, given):
        return
    secret = given if given is not None else secrets.Secret(secrets.mint())
    change.secret = secret
    digest = secrets.digest(secret.reveal())
    if change.fields.get("token") not in (None, digest):
        change.refuse("token is not the hash of the secret that key gives", "token", kind=Invalid)
    change.columns |= {"token": digest, "key_name": secrets.abbreviation(secret.reveal())}


def are_new(stage: Stage, changes: Sequence[Change]) -> None:
    """The gateway answers 200 to a secret that exists and does nothing; here it is a conflict. Of those that were made
    up just now none exists."""
    given = [change for change in changes if change.secret is None or change.fields.get("key") is not None]
    tokens = [str(change.columns["token"]) for change in given if change.columns.get("token")]
    known = {row["token"] for row in stage.load(KEYS, "token", tokens)}
    for change in given:
        token = change.columns.get("token")
        if token in known:
            change.refuse("a key with this secret exists already", "key", kind=Conflict)
        if token:
            known.add(token)


def replace(stage: Stage, changes: Sequence[Change]) -> None:
    """Another secret in the place of the old, in the same row: archive, JWT mappings, grace rows and groups follow.

    The field `grace` says for how long the old secret stays valid.
    """
    if not stage.unit.has(GRACE) and any(change.fields.get("grace") for change in changes):
        raise releases.lacking(GRACE, purpose="without which an old secret cannot stay valid")
    for change in changes:
        secret = change.fields.get("key")
        if secret is not None and _is_fit(change, secret):
            change.secret = secret
            change.columns |= {
                "token": secrets.digest(secret.reveal()),
                "key_name": secrets.abbreviation(secret.reveal()),
            }
        elif secret is None:
            change.columns["key_name"] = None  # the hash alone does not tell the last four characters
    sound = [change for change in changes if not change.troubles]
    are_new(stage, sound)
    for change in sound:
        if not change.troubles:
            _follow(stage, change)


def _follow(stage: Stage, change: Change) -> None:
    assert change.row is not None
    old, new, now = change.row["token"], change.columns["token"], stage.unit.now
    archives.copy(stage, change.row, ARCHIVE, cause=change)
    for mapping in stage.load(MAPPINGS, "token", [old], change=True):
        stage.update(mapping, {"token": new}, cause=change)
    for earlier in stage.load(GRACE, "active_token_id", [old], change=True):
        stage.update(earlier, {"active_token_id": new}, cause=change)
    if grace := change.fields.get("grace"):
        _keep_old(stage, change, old, new, grace)
    assignments.rename(stage, "assigned_key_ids", old, new, cause=change)
    if change.row["expires"] is not None and change.row["expires"] < now:
        change.warn(f"{change.name} has expired and stays so; gwctl keys update --duration gives it time")


def _keep_old(stage: Stage, change: Change, old: str, new: str, grace: str) -> None:
    values: dict[str, Any] = {"active_token_id": new, "revoke_at": durations.add(grace, stage.unit.now)}
    known = stage.load(GRACE, "token", [old], change=True)
    if known:
        stage.update(known[0], values, cause=change)
    else:
        stage.insert(GRACE, {"id": str(uuid.uuid4()), "token": old, **values}, cause=change)
    if stage.unit.release < GRACE_WORKS_FROM:
        change.warn("this gateway's release ignores the grace period: the old secret is refused as soon as caches end")


def _is_fit(change: Change, secret: secrets.Secret) -> bool:
    try:
        secrets.check_custom(secret.reveal())
    except GwctlError as error:
        change.refuse(error.message, "key", kind=type(error), hint=error.hint)
        return False
    return True
