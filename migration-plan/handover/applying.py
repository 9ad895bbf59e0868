"""The statements with which images become rows: upserted where they are newer, deleted and buried."""

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from handover.entities import Entity, Field, Part


def put_sql(domain: str, entity: Entity, *, is_repair: bool = False) -> sql.Composed:
    """Upsert images (one jsonb array parameter) where they are newer and not buried.

    A repair also replaces a row of the same version: whoever changed that by hand left the version.
    """
    put = _put(domain, entity, newer="<=" if is_repair else "<")
    if not entity.parts:
        return sql.SQL("WITH new AS ({new}) {put}").format(new=_new(entity), put=put)
    steps = [
        sql.SQL("new AS ({})").format(_new(entity)),
        sql.SQL("put AS ({} RETURNING here.{} AS key)").format(put, entity.column(entity.key)),
    ]
    for number, part in enumerate(entity.parts):
        steps += [
            sql.SQL("{} AS ({})").format(sql.Identifier(f"{verb}_{number}"), statement)
            for verb, statement in (
                ("gone", _drop_surplus(entity, part)),
                ("here", _put_part(entity, part)),
            )
        ]
    return sql.SQL("WITH {} SELECT count(*) FROM put").format(sql.SQL(", ").join(steps))


def _new(entity: Entity) -> sql.Composed:
    record = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in entity.image_fields
    )
    return sql.SQL("SELECT * FROM jsonb_to_recordset(%(images)s) AS image ({})").format(record)


def _put(domain: str, entity: Entity, *, newer: LiteralString) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {table} AS here ({columns}) SELECT {values} FROM new {unless_buried} "
        "ON CONFLICT ({key}) {resolution}"
    ).format(
        table=entity.relation,
        columns=_columns(entity.fields),
        values=_values(entity.fields),
        unless_buried=sql.SQL("") if entity.immutable else _unless_buried(domain, entity),
        key=entity.column(entity.key),
        resolution=sql.SQL("DO NOTHING") if entity.immutable else _when_newer(entity, newer),
    )


def _columns(fields: Iterable[Field]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(field.here) for field in fields)


def _values(fields: Iterable[Field], *, source: str = "new") -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}.{}").format(sql.Identifier(source), sql.Identifier(field.name))
        for field in fields
    )


def _unless_buried(domain: str, entity: Entity) -> sql.Composed:
    # The keys also as an array: of the rows of a document PostgreSQL expects a hundred, and for a hundred
    # it reads all tombstones rather than to look for each by the index. Of an array it expects ten.
    return sql.SQL(
        "WHERE NOT EXISTS (SELECT 1 FROM handover.tombstone t WHERE t.domain = {domain} "
        "AND t.entity = {entity} AND t.key = ANY(ARRAY(SELECT {key} FROM new)) "
        "AND t.key = new.{key} AND t.version >= new.{version})"
    ).format(
        domain=sql.Literal(domain),
        entity=sql.Literal(entity.name),
        key=sql.Identifier(entity.key),
        version=sql.Identifier(entity.version),
    )


def _when_newer(entity: Entity, newer: LiteralString) -> sql.Composed:
    return sql.SQL("DO UPDATE SET {sets} WHERE here.{version} {newer} excluded.{version}").format(
        sets=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(field.here))
            for field in entity.fields
            if field.name != entity.key
        ),
        newer=sql.SQL(newer),
        version=entity.column(entity.version),
    )


def _drop_surplus(entity: Entity, part: Part) -> sql.Composed:
    # What stays is updated and not deleted: both are one statement, which sees the rows as they were. The
    # array is there for the same reason as with the tombstones.
    return sql.SQL(
        "DELETE FROM {table} AS part USING new WHERE part.{owner} = new.{key} "
        "AND part.{owner} = ANY(ARRAY(SELECT key FROM put)) AND NOT EXISTS (SELECT 1 "
        "FROM jsonb_array_elements(new.{name}) AS item WHERE (item->>{key_name})::{key_type} "
        "= part.{key_column})"
    ).format(
        table=part.relation,
        key=sql.Identifier(entity.key),
        owner=sql.Identifier(part.owner),
        name=sql.Identifier(part.name),
        key_name=sql.Literal(part.unique.name),
        key_type=sql.SQL(part.unique.type),
        key_column=sql.Identifier(part.unique.here),
    )


def _put_part(entity: Entity, part: Part) -> sql.Composed:
    record = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(field.type))
        for field in part.fields
    )
    return sql.SQL(
        "INSERT INTO {table} AS part ({owner}, {columns}) SELECT put.key, {values} "
        "FROM put JOIN new ON new.{key} = put.key "
        "CROSS JOIN LATERAL jsonb_to_recordset(new.{name}) AS item ({record}) "
        "ON CONFLICT ({owner}, {unique}) DO UPDATE SET {sets}"
    ).format(
        table=part.relation,
        owner=sql.Identifier(part.owner),
        columns=_columns(part.fields),
        values=_values(part.fields, source="item"),
        key=sql.Identifier(entity.key),
        name=sql.Identifier(part.name),
        record=record,
        unique=sql.Identifier(part.unique.here),
        sets=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(field.here))
            for field in part.fields
        ),
    )


def delete_sql(domain: str, entity: Entity) -> sql.Composed:
    """Delete rows named by key and version (arrays), with their parts, and bury them."""
    return sql.SQL(
        "WITH gone AS (SELECT * FROM unnest(%(keys)s::uuid[], %(versions)s::bigint[]) "
        "AS g (key, version)), "
        "buried AS (INSERT INTO handover.tombstone AS t (domain, entity, key, version) "
        "SELECT {domain}, {entity}, key, version FROM gone "
        "ON CONFLICT (domain, entity, key) DO UPDATE "
        "SET version = greatest(t.version, excluded.version)){parts} "
        "DELETE FROM {table} here USING gone "
        "WHERE here.{key} = gone.key AND {version} <= gone.version"
    ).format(
        domain=sql.Literal(domain),
        entity=sql.Literal(entity.name),
        parts=_delete_parts(entity),
        table=entity.relation,
        key=entity.column(entity.key),
        version=_version_here(entity),
    )


def _version_here(entity: Entity) -> sql.Composable:
    return entity.row_version if entity.immutable else sql.SQL("here.{}").format(entity.row_version)


def _delete_parts(entity: Entity) -> sql.Composed:
    return sql.SQL("").join(
        sql.SQL(
            ", {name} AS (DELETE FROM {table} AS part USING gone JOIN {owner_table} AS here "
            "ON here.{key} = gone.key AND here.{version} <= gone.version "
            "WHERE part.{owner} = gone.key)"
        ).format(
            name=sql.Identifier(f"gone_{number}"),
            table=part.relation,
            owner_table=entity.relation,
            key=entity.column(entity.key),
            version=entity.column(entity.version),
            owner=sql.Identifier(part.owner),
        )
        for number, part in enumerate(entity.parts)
    )


def truncate_sql(entities: Iterable[Entity]) -> sql.Composed:
    """Empty the tables of a domain together, so that foreign keys among them do not matter."""
    tables = sql.SQL(", ").join(
        sql.Identifier(*table.split(".")) for entity in entities for table in entity.tables
    )
    return sql.SQL("TRUNCATE {}").format(tables)
