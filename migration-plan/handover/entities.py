"""How a row of one side becomes an image both sides agree on, and back."""

from collections.abc import Iterable
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
class Entity:
    """One kind of row of a domain.

    `key` and `version` name fields; `changed_at` names the field by which the tail of changes is
    found (index it). `immutable` rows (idempotency records) have no version of their own.
    """

    name: str
    table: str
    fields: tuple[Field, ...]
    key: str = "id"
    version: str = "version"
    changed_at: str = "updated_at"
    immutable: bool = False

    @property
    def relation(self) -> sql.Identifier:
        """The table, quoted."""
        return sql.Identifier(*self.table.split("."))

    def column(self, name: str) -> sql.Identifier:
        """The column of a field, quoted; raises KeyError for a field that is not there."""
        by_name = {field.name: field for field in self.fields}
        return sql.Identifier(by_name[name].here)

    def image_view(self, domain: str) -> str:
        """Return the name of the view that shows this entity's images."""
        return f"image_{domain}_{self.name}"


def view_sql(domain: str, entity: Entity) -> sql.Composed:
    """Create the view of images: key, changed_at, image (jsonb, the same text on both sides)."""
    pairs = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(field.name), _wire_value(field))
        for field in entity.fields
    )
    return sql.SQL(
        "CREATE VIEW handover.{view} AS SELECT {key} AS key, {version} AS version, "
        "{changed_at} AS changed_at, jsonb_build_object({pairs}) AS image FROM {table};"
    ).format(
        view=sql.Identifier(entity.image_view(domain)),
        key=entity.column(entity.key),
        version=sql.SQL("1::bigint") if entity.immutable else entity.column(entity.version),
        changed_at=entity.column(entity.changed_at),
        pairs=pairs,
        table=entity.relation,
    )


def _wire_value(field: Field) -> sql.Composable:
    column = sql.Identifier(field.here)
    if field.type == "timestamptz":
        # jsonb prints timestamps in the session's time zone: spell it out, or digests would differ.
        return sql.SQL(
            "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        ).format(column)
    return column


def put_sql(domain: str, entity: Entity) -> sql.Composed:
    """Upsert images (one jsonb array parameter) where they are newer and not buried."""
    columns = [sql.Identifier(field.here) for field in entity.fields]
    record = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(field.type))
        for field in entity.fields
    )
    return sql.SQL(
        "INSERT INTO {table} AS here ({columns}) SELECT {values} "
        "FROM jsonb_to_recordset(%(images)s) AS new ({record}) {unless_buried} "
        "ON CONFLICT ({key}) {resolution}"
    ).format(
        table=entity.relation,
        columns=sql.SQL(", ").join(columns),
        values=sql.SQL(", ").join(
            sql.SQL("new.{}").format(sql.Identifier(field.name)) for field in entity.fields
        ),
        record=record,
        unless_buried=sql.SQL("") if entity.immutable else _unless_buried(domain, entity),
        key=entity.column(entity.key),
        resolution=sql.SQL("DO NOTHING") if entity.immutable else _when_newer(entity),
    )


def _unless_buried(domain: str, entity: Entity) -> sql.Composed:
    return sql.SQL(
        "WHERE NOT EXISTS (SELECT 1 FROM handover.tombstone t WHERE t.domain = {domain} "
        "AND t.entity = {entity} AND t.key = new.{key} AND t.version >= new.{version})"
    ).format(
        domain=sql.Literal(domain),
        entity=sql.Literal(entity.name),
        key=sql.Identifier(entity.key),
        version=sql.Identifier(entity.version),
    )


def _when_newer(entity: Entity) -> sql.Composed:
    return sql.SQL("DO UPDATE SET {sets} WHERE here.{version} < excluded.{version}").format(
        sets=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(field.here))
            for field in entity.fields
            if field.name != entity.key
        ),
        version=entity.column(entity.version),
    )


def delete_sql(domain: str, entity: Entity) -> sql.Composed:
    """Delete rows named by key and version (arrays), and bury them."""
    return sql.SQL(
        "WITH gone AS (SELECT * FROM unnest(%(keys)s::uuid[], %(versions)s::bigint[]) "
        "AS g (key, version)), "
        "buried AS (INSERT INTO handover.tombstone AS t (domain, entity, key, version) "
        "SELECT {domain}, {entity}, key, version FROM gone "
        "ON CONFLICT (domain, entity, key) DO UPDATE "
        "SET version = greatest(t.version, excluded.version)) "
        "DELETE FROM {table} here USING gone "
        "WHERE here.{key} = gone.key AND here.{version} <= gone.version"
    ).format(
        domain=sql.Literal(domain),
        entity=sql.Literal(entity.name),
        table=entity.relation,
        key=entity.column(entity.key),
        version=entity.column(entity.version),
    )


def truncate_sql(entities: Iterable[Entity]) -> sql.Composed:
    """Empty the tables of a domain together, so that foreign keys among them do not matter."""
    tables = sql.SQL(", ").join(entity.relation for entity in entities)
    return sql.SQL("TRUNCATE {}").format(tables)
