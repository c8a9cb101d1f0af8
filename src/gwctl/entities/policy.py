"""Policies: which guardrails run for whom. What is in force of a policy is its version in production."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationError, model_validator

from gwctl.describe import Entity, JsonObject, Name, Names, Ruled, Spec, Text, Versions

Action = Literal["allow", "block", "next", "modify_response"]


class Step(Spec):
    """One step of a pipeline, and what it does where nothing is said; the stored pipeline says all of it."""

    guardrail: Name
    on_fail: Action = "block"
    on_pass: Action = "allow"  # noqa: S105 - not a password
    pass_data: bool = False
    modify_response_message: Text | None = None


class Pipeline(Spec):
    """Guardrails in an order, and what follows from each."""

    mode: Literal["pre_call", "post_call"]
    steps: list[Step]


def check_pipeline(value: dict[str, Any]) -> dict[str, Any]:
    """A pipeline as the gateway stores it, its defaults spelled out. Raises ValueError for one that would not parse:
    a single one keeps every proxy from loading the policies behind it, and all attachments."""
    try:
        found = Pipeline.model_validate(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"is no pipeline: {where}: {_words(first)}") from None
    if not found.steps:
        raise ValueError("is no pipeline: it has no steps")
    return found.model_dump()


def _words(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    message = str(error["msg"])
    return message[:1].lower() + message[1:]


def check_condition(value: dict[str, Any]) -> dict[str, Any]:
    """The gateway knows conditions on the model alone, and passes over any other."""
    for key in value:
        if key != "model":
            raise ValueError(f"holds {key!r}, which the gateway would pass over: it knows model alone")
    model = value.get("model")
    if model is None or isinstance(model, str):
        return value
    if isinstance(model, list) and model and all(isinstance(one, str) for one in model):
        return value
    raise ValueError("model should be a name, a regular expression or a list of these")


def _everyone(value: str) -> str:
    if value != "*":
        raise ValueError("should be '*', which is everybody: the gateway passes over any other scope")
    return value


class Attachment(Spec):
    """Whom a policy applies to: teams and keys and models that fit, and requests with any of the tags."""

    scope: Annotated[Name, AfterValidator(_everyone)] | None = None
    """'*' for everybody."""

    teams: Names | None = None
    """Teams by name; research-* is all that begin so."""

    keys: Names | None = None
    """Keys by alias; nightly-* is all that begin so."""

    models: Names | None = None
    """Models as requests name them; gpt-* is all that begin so."""

    tags: Names | None = None
    """Tags, of which a request must bear one; eu-* is all that begin so."""

    @model_validator(mode="after")
    def _has_target(self) -> Attachment:
        targets = [name for name in TARGETS if getattr(self, name)]
        if not self.scope and not targets:
            raise ValueError("has no target, and would apply to everybody: name some, or scope: '*'")
        if self.scope and targets:
            raise ValueError(f"has the scope '*', which makes the gateway pass over {', '.join(targets)}")
        return self


TARGETS = ("teams", "keys", "models", "tags")


class PolicySpec(Spec):
    policy_name: Name | None = None
    """The policy's name, which its versions share."""

    description: Text | None = None
    """What it is for."""

    version_status: Literal["draft", "published", "production"] | None = None
    """How far it is to go: production is in force; a draft can be changed, a published version cannot."""

    inherit: Name | None = None
    """A policy whose guardrails it has besides its own."""

    guardrails_add: Names | None = None
    """Guardrails that it makes run."""

    guardrails_remove: Names | None = None
    """Guardrails of the policies it inherits from that it leaves out."""

    condition: Annotated[JsonObject, AfterValidator(check_condition)] | None = None
    """When it holds: {"model": "NAME or regular expression"}, or a list of them."""

    pipeline: Annotated[JsonObject, AfterValidator(check_pipeline)] | None = None
    """Guardrails that run in an order: {"mode": "pre_call", "steps": [{"guardrail": "NAME", "on_fail": "block"}]}."""

    attachments: Annotated[list[Attachment] | None, Ruled(whole=True)] = None
    """Whom it applies to; an attachment that is not named goes."""


POLICY = Entity(
    name="policy",
    group="policies",
    table="LiteLLM_PolicyTable",
    key="policy_id",
    spec=PolicySpec,
    identity="policy_name",
    names=("policy_name",),
    columns=("policy_name", "version_number", "version_status", "inherit", "guardrails_add", "guardrails_remove",
             "condition", "description", "…", "policy_id", "is_latest", "production_at", "created_at"),
    observed=("version_number", "parent_version_id", "is_latest", "published_at", "production_at",
              "created_at", "created_by", "updated_at", "updated_by"),
    versions=Versions("version_number", state="version_status", ruling="production"),
    after=("team", "key", "guardrail"),
)  # fmt: skip
