"""How a row of one side becomes an image both sides agree on, and back."""

from dataclasses import dataclass

from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of an image: its name there, its column here, and its SQL type."""

    name: str
    type: str
    column: str | None = None

    @property
    def here(self) -> str:
        """The column that holds the value on this side."""
        return self.column or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that belong to a row of an entity and travel inside its image, as an array in order.

    They change only together with the row they belong to, which has the version. `owner` is their
    column that names it, `position` the field of their place; `owner` and the field `key` (if it is
    another) are unique. Where the other side keeps the array in one jsonb column, that is an ordinary
    field there.
    """

    name: str
    table: str
    owner: str
    fields: tuple[Field, ...]
    position: str = "position"
    key: str | None = None

    @property
    def unique(self) -> Field:
        """The field that tells the parts of one row apart."""
        return self.field(self.key or self.position)

    @property
    def relation(self) -> sql.Identifier:
        """The table, quoted."""
        return sql.Identifier(*self.table.split("."))

    def field(self, name: str) -> Field:
        """Return a field; raises StopIteration for one that is not there."""
        return next(field for field in self.fields if field.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One kind of row of a domain.

    `key` and `version` name fields; `changed_at` names the field by which the tail of changes is
    found (index it). `immutable` rows (idempotency records) have no version of their own, and no
    parts. `parts` come last in the image.
    """

    name: str
    table: str
    fields: tuple[Field, ...]
    key: str = "id"
    version: str = "version"
    changed_at: str = "updated_at"
    immutable: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that hold an image: the entity's and those of its parts."""
        return (self.table, *(part.table for part in self.parts))

    @property
    def image_fields(self) -> tuple[tuple[str, str], ...]:
        """Name and type of everything in the image, the same on both sides."""
        own = tuple((field.name, field.type) for field in self.fields)
        return own + tuple((part.name, "jsonb") for part in self.parts)

    @property
    def relation(self) -> sql.Identifier:
        """The table, quoted."""
        return sql.Identifier(*self.table.split("."))

    def column(self, name: str) -> sql.Identifier:
        """The column of a field, quoted; raises KeyError for a field that is not there."""
        by_name = {field.name: field for field in self.fields}
        return sql.Identifier(by_name[name].here)

    @property
    def row_version(self) -> sql.Composable:
        """The version of a row, for SQL; what never changes is at its first."""
        return sql.SQL("1::bigint") if self.immutable else self.column(self.version)

    def image_view(self, domain: str) -> str:
        """Return the name of the view that shows this entity's images."""
        return f"image_{domain}_{self.name}"

    def digest_view(self, domain: str) -> str:
        """Return the name of the view that shows a hash of each of this entity's rows."""
        return f"digest_{domain}_{self.name}"


def view_sql(domain: str, entity: Entity) -> sql.Composed:
    """Create the view of images: key, changed_at, image (jsonb, the same text on both sides)."""
    pairs = [_pair(field) for field in entity.fields]
    pairs += [
        sql.SQL("{}, {}").format(sql.Literal(part.name), _part_image(entity, part))
        for part in entity.parts
    ]
    image = sql.SQL("jsonb_build_object({}) AS image").format(sql.SQL(", ").join(pairs))
    return sql.SQL("CREATE VIEW handover.{} AS {};").format(
        sql.Identifier(entity.image_view(domain)), _selected(entity, image)
    )


def digest_view_sql(domain: str, entity: Entity) -> sql.Composed:
    """Create the view of digests: key, version, changed_at, digest (bigint, the same on both sides).

    The hash is PostgreSQL's own of the values, in the order of their names, as the types both sides
    agree on. It makes no image, and so takes a tenth of the time that hashing an image takes.
    """
    values = {field.name: _hashed(field) for field in entity.fields}
    values |= {
        part.name: sql.SQL("{}::text").format(_part_image(entity, part)) for part in entity.parts
    }
    # Seeded by the key: the hashes of a row are only added up, so the same change of two rows, or a
    # value that two rows have exchanged, could cancel out.
    digest = sql.SQL("hash_record_extended(ROW({}), uuid_hash_extended({}, 0)) AS digest").format(
        sql.SQL(", ").join(values[name] for name in sorted(values)), entity.column(entity.key)
    )
    return sql.SQL("CREATE OR REPLACE VIEW handover.{} AS {};").format(
        sql.Identifier(entity.digest_view(domain)), _selected(entity, digest)
    )


def _selected(entity: Entity, shown: sql.Composed) -> sql.Composed:
    return sql.SQL(
        "SELECT {key} AS key, {version} AS version, {changed_at} AS changed_at, {shown} "
        "FROM {table} AS here"
    ).format(
        key=entity.column(entity.key),
        version=entity.row_version,
        changed_at=entity.column(entity.changed_at),
        shown=shown,
        table=entity.relation,
    )


# Types whose own hash sees less than they hold: 64 bits are folded to 32, and what is inside jsonb ends
# nowhere. An image shows no value and JSON's null alike.
_HASHED_AS = {
    "bigint": "int8send({}::bigint)",
    "timestamptz": "timestamptz_send({}::timestamptz)",
    "jsonb": "nullif({}::jsonb, 'null')::text",
}


def _hashed(field: Field) -> sql.Composed:
    shape = _HASHED_AS.get(field.type, "{}::" + field.type)
    return sql.SQL(shape).format(sql.Identifier(field.here))


def _part_image(entity: Entity, part: Part) -> sql.Composed:
    return sql.SQL(
        "coalesce((SELECT jsonb_agg(jsonb_build_object({pairs}) ORDER BY part.{position}{order}) "
        "FROM {table} AS part WHERE part.{owner} = here.{key}), '[]')"
    ).format(
        pairs=sql.SQL(", ").join(_pair(field) for field in part.fields),
        position=sql.Identifier(part.field(part.position).here),
        # Two databases may sort text by different rules, and the image is one text.
        order=sql.SQL(' COLLATE "C"' if part.field(part.position).type == "text" else ""),
        table=part.relation,
        owner=sql.Identifier(part.owner),
        key=entity.column(entity.key),
    )


def _pair(field: Field) -> sql.Composed:
    return sql.SQL("{}, {}").format(sql.Literal(field.name), _wire_value(field))


def _wire_value(field: Field) -> sql.Composable:
    column = sql.Identifier(field.here)
    if field.type == "timestamptz":
        # jsonb prints timestamps in the session's time zone: spell it out, or digests would differ.
        return sql.SQL(
            "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        ).format(column)
    return column
