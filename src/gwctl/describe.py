"""The words that entities are written in: where a field lives, what it refers to, what its values may be.

A `Spec` is a Pydantic model whose fields bear the schema's own column names. What is told of a field here is all that
the command line, YAML, validation, the editor schema, list, get, diff and export know of it; none of them asks *which*
entity it works on. A field without a mark lives in the column of its own name.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Limits

from gwctl import durations, secrets, sentences
from gwctl.errors import GwctlError


@dataclass(frozen=True, slots=True)
class InColumn:
    """The field lives in a column of the entity's table."""

    column: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: `column` holds the other's id; the field takes and shows its name.

    `soft`: a proxy's own configuration file may define the other, so an unknown name is a warning, not an error.
    """

    entity: str
    column: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Refs:
    """A list of references in an array column. `shown`: the relation is written on its other side."""

    entity: str
    column: str
    shown: bool = False
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """The field lives in a JSON column, under its own name."""

    column: str


@dataclass(frozen=True, slots=True)
class Through:
    """The field lives in a column of another row, which `column` points at and which is made when it is needed."""

    column: str = "object_permission_id"
    table: str = "LiteLLM_ObjectPermissionTable"
    key: str = "object_permission_id"
    entity: str | None = None
    """What a list of it, or the names of its entries, name, softly: a proxy's own configuration file may define such
    things too."""

    @property
    def row(self) -> Through:
        """The row that it is, whatever the field names."""
        return Through(self.column, self.table, self.key)


@dataclass(frozen=True, slots=True)
class Ruled:
    """The entity's rules read and write this field; it has no place of its own.

    `once`: it counts when the object is made and is never compared afterwards.
    `by`: in a list of objects, the field that tells them apart; what a manifest does not name stays.
    `whole`: a list of objects without names, compared by value; what it does not name goes.
    `entity`: it refers to another of that kind; the rules get and give its id.
    `beside`: it says in what way these fields change, and is nothing without them; manifests alone say it.
    """

    once: bool = False
    by: str | None = None
    whole: bool = False
    entity: str | None = None
    beside: tuple[str, ...] = ()

    @property
    def is_state(self) -> bool:
        """Whether it tells what an object is, not how it is made or changed."""
        return not self.once and not self.beside

    @property
    def of_objects(self) -> bool:
        return self.by is not None or self.whole


@dataclass(frozen=True, slots=True)
class Masked:
    """The value is a secret: never shown, compared by fingerprint. `check` raises Invalid for one that is not fit."""

    check: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class EmptyIsAll:
    """A list that means everything when it is empty: taking its last name away would open what it closed."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An option of commands; in manifests the relation is written at `place`."""

    place: str


@dataclass(frozen=True, slots=True)
class AnyCase:
    """The case of letters means nothing, as in an e-mail address."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A JSON object that is merged by key: a key left out is not managed, `null` removes it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The texts of a JSON object are stored sealed with the proxy's salt key: those named, or all of its top level.

    A field that lies `Inside` of such an object says so too. Which of the texts are secrets is another matter: they
    are told by their names (secrets.is_secret_name).
    """

    only: frozenset[str] | None = None
    plain: bool = False
    """The gateway stores the secrets among them in plain text: they are hidden from the eye, and not sealed."""

    def covers(self, name: str) -> bool:
        return not self.plain and (self.only is None or name in self.only)


Place = InColumn | Ref | Refs | Inside | Through | Ruled


class Spec(BaseModel):
    """What a person may say of one object. `model_fields_set` tells what was said; `None` clears.

    The sentence under a field is its help. It is read from the source, and a validator is built, when they are asked
    for: a list needs neither.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=False, arbitrary_types_allowed=True, defer_build=True
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a Spec, as the rest of gwctl sees it."""

    spec: type[Spec]
    name: str
    place: Place
    column: str | None
    """The column of the entity's table that the field lives in, or None."""
    annotation: Any
    kind: type
    """What a value is: str, float, int, bool, datetime, list or dict."""
    item: Any = None
    """Of a list: what its items are."""
    choices: tuple[str, ...] = ()
    masked: bool = False
    check_secret: Callable[[str], None] = lambda _: None
    merged: bool = False
    empty_is_all: bool = False
    any_case: bool = False
    elsewhere: str = ""
    """Where a manifest says it instead."""
    sealed: Sealed | None = None

    @property
    def is_source(self) -> bool:
        """Whether the value is one secret text, which a person says the place of."""
        return self.sealed is not None and not self.merged and secrets.is_secret_name(self.name)

    @property
    def help(self) -> str:
        """The sentence under the field in its Spec."""
        return sentences.of(self.spec, below=Spec).get(self.name, "")


@dataclass(frozen=True, slots=True)
class Versions:
    """Several rows of one name are versions of one thing. The one whose state rules stands for it, else the newest.

    `number` counts them; `state` says how far one is, and manifests that name none mean the `ruling` one. `part`: a
    column that versions are counted apart by, where the database has it; `common`: the part that goes without saying.
    """

    number: str
    state: str | None = None
    ruling: str | None = None
    part: str | None = None
    common: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A kind of thing that a person administers."""

    name: str
    """Singular, as references and `kind` say it."""
    group: str
    """Plural, as the command line and manifests say it."""
    table: str
    key: str
    """The column that identifies a row."""
    spec: type[Spec]
    identity: str
    """The field that names an object in manifests and as the argument of `create`."""
    names: tuple[str, ...] = ()
    """Columns that an object may be called by besides its key, also COLUMN.NAME for a text inside of a JSON column; the
    first one is shown beside references to it."""
    columns: tuple[str, ...] = ()
    """What a table shows; after "…" only a wide one."""
    observed: tuple[str, ...] = ()
    """Columns that are looked at but never applied."""
    fixed: tuple[str, ...] = field(default=())
    """Fields that cannot change after creation."""
    in_manifests: bool = True
    """Whether manifests and exports tell of such things."""
    shared_names: bool = False
    """Whether several may bear one name: manifests and exports tell them apart by their ids."""
    versions: Versions | None = None
    """How its versions are told apart, where several rows are one thing."""
    after: tuple[str, ...] = ()
    """Kinds that it names without referring to them by id: a manifest makes these first."""

    @property
    def fields(self) -> Mapping[str, Field]:
        return fields(self.spec)


@cache
def fields(spec: type[Spec]) -> Mapping[str, Field]:
    """The fields of a Spec in the order of their declaration."""
    return {name: _field(spec, name, info.annotation, info.metadata) for name, info in spec.model_fields.items()}


def _field(spec: type[Spec], name: str, annotation: Any, metadata: list[Any]) -> Field:
    marks = [*metadata, *_marks(annotation)]
    places = (mark for mark in marks if isinstance(mark, InColumn | Ref | Refs | Inside | Through | Ruled))
    place = next(places, InColumn(name))
    kind, item, choices = _shape(annotation)
    return Field(
        spec=spec,
        name=name,
        place=place,
        column=None if isinstance(place, Ruled | Through) else place.column,
        annotation=annotation,
        kind=kind,
        item=item,
        choices=choices,
        masked=any(isinstance(mark, Masked) for mark in marks),
        check_secret=next((mark.check for mark in marks if isinstance(mark, Masked)), lambda _: None),
        merged=any(isinstance(mark, Merged) for mark in marks),
        empty_is_all=any(isinstance(mark, EmptyIsAll) for mark in marks),
        any_case=any(isinstance(mark, AnyCase) for mark in marks),
        elsewhere=next((mark.place for mark in marks if isinstance(mark, Elsewhere)), ""),
        sealed=next((mark for mark in marks if isinstance(mark, Sealed)), None),
    )


def _marks(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return [*annotation.__metadata__, *_marks(annotation.__origin__)]
    if get_origin(annotation) in (Union, types.UnionType):
        return [mark for part in get_args(annotation) for mark in _marks(part)]
    return []


def _shape(annotation: Any) -> tuple[type, Any, tuple[str, ...]]:
    """The bare type of an annotation, of a list the type of its items, of a Literal its choices."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _shape(annotation.__origin__)
    if origin in (Union, types.UnionType):
        return _shape(next(part for part in get_args(annotation) if part is not type(None)))
    if origin in (list, dict):
        return origin, get_args(annotation)[-1], ()
    if origin is not None:  # Literal
        return str, None, tuple(get_args(annotation))
    return annotation, None, ()


# Values. Their limits are those of the columns that hold them, and the gateway's own where it has some.


def _storable(text: str) -> str:
    """PostgreSQL stores neither NUL nor half a character."""
    if "\x00" in text:
        raise ValueError("holds a NUL character, which the database cannot store")
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character, which the database cannot store") from None
    return text


def _storable_json(value: Any) -> Any:
    if isinstance(value, str):
        _storable(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"has the key {key!r}, which is not text")
            _storable(key)
            _storable_json(item)
    elif isinstance(value, list):
        for item in value:
            _storable_json(item)
    elif isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise ValueError("holds a number that is not finite")
    return value


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("should be a moment such as 2026-03-31T12:00:00Z") from None
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, datetime):
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise ValueError("should be a moment between the years 1 and 9999") from None
        value = value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


@lru_cache(maxsize=256)  # of a thousand objects most have the same one
def _duration(text: str) -> str:
    try:
        durations.parse(text)
    except GwctlError as error:
        raise ValueError(error.message) from None
    return text


def _digest(text: str) -> str:
    if not secrets.is_hash(text):
        raise ValueError("should be the SHA-256 of a secret: 64 hexadecimal digits, lower case")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[str, Limits(min_length=1), AfterValidator(_storable)]
Dollars = Annotated[float, Limits(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Limits(ge=0, le=2**31 - 1)]
"""What an INTEGER column holds."""
BigCount = Annotated[int, Limits(ge=0, le=2**63 - 1)]
"""What a BIGINT column holds."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""An instant, UTC, to the millisecond."""
Digest = Annotated[str, AfterValidator(_digest)]
"""The SHA-256 of a secret, as the database keeps it."""
DurationText = Annotated[str, AfterValidator(_duration)]
"""`30d`, `1mo`: see gwctl.durations."""
JsonObject = Annotated[dict[str, Any], AfterValidator(_storable_json)]
Names = list[Name]
OpenNames = Annotated[list[Name], EmptyIsAll()]
"""Names that allow: an empty list allows everything."""


def _budgets(value: Any) -> Any:
    for model, one in value.items():
        if not isinstance(one, dict):
            raise ValueError(
                f'holds {one!r} for {model!r}, where an object as {{"max_budget": 5, "budget_duration": "1d"}} belongs'
            )
    return value


ModelBudgets = Annotated[dict[str, Any], AfterValidator(_storable_json), AfterValidator(_budgets)]
"""A budget for each model; a bare number would make the gateway refuse every call."""
