"""What catalog is asked: one SQL statement per question, its JSON built where the rows are."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql

from extracted.chassis.database import Database
from extracted.contracts.catalog import Product, ProductQuery

# row_to_json writes compact JSON in the order of the columns: the body, byte for byte, as pydantic
# would write it from the contract, at a tenth of the cost.
_PRODUCT_JSON = sql.SQL("""
(SELECT row_to_json(shown)::text FROM (
    SELECT p.id, p.sku, p.name, p.description,
           (SELECT row_to_json(k) FROM (SELECT c.id, c.slug, c.name) k) AS category,
           (SELECT row_to_json(m) FROM (SELECT p.amount, p.currency) m) AS price,
           p.version,
           to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at,
           to_char(p.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS updated_at
) shown)""")
_ONE = (
    sql.SQL(
        "SELECT {} FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id "
        "WHERE p.id = %(id)s"
    )
    .format(_PRODUCT_JSON)
    .as_bytes()
)
_CATEGORIES = (
    "SELECT coalesce(string_agg(row_to_json(k)::text, ',' ORDER BY k.slug), '') "
    "FROM (SELECT c.id, c.slug, c.name, above.slug AS parent FROM catalog.category c "
    "LEFT JOIN catalog.category above ON above.id = c.parent_id) k"
)
# UNION, not UNION ALL: should the tree ever have a circle, this still ends.
_BRANCH = (
    "WITH RECURSIVE branch AS ("
    "SELECT id FROM catalog.category WHERE slug = %s "
    "UNION SELECT c.id FROM catalog.category c JOIN branch b ON c.parent_id = b.id) "
    "SELECT id FROM branch"
)
_QUOTES = (
    "SELECT json_build_object('product_id', id, 'name', name, "
    "'price', json_build_object('amount', amount, 'currency', currency)) "
    "FROM catalog.product WHERE id = ANY(%s)"
)
_MOST_ORDERED = (
    "SELECT product_id, ordered FROM catalog.popularity ORDER BY ordered DESC, product_id LIMIT %s"
)
# Sort: (order, condition that a row lies after the cursor).
_SORTS: dict[str, tuple[LiteralString, LiteralString]] = {
    "newest": ("p.id DESC", "p.id < %(after_id)s"),
    "name": ("p.name, p.id", "(p.name, p.id) > (%(after)s, %(after_id)s)"),
    "price": ("p.amount, p.id", "(p.amount, p.id) > (%(after)s, %(after_id)s)"),
    "-price": ("p.amount DESC, p.id DESC", "(p.amount, p.id) < (%(after)s, %(after_id)s)"),
}


def product_json(database: Database, product_id: UUID) -> bytes | None:
    """Return a product's JSON, or None."""
    rows = database.read(_ONE, {"id": product_id})
    return rows[0][0].encode() if rows else None


def product_page_json(database: Database, query: ProductQuery) -> bytes:
    """Return a page of products as JSON."""
    branch = _branch(database, query)
    rows = _rows(database, query, branch=branch, is_similar=False)
    if not rows and query.words:
        # Only now: who spells the words right pays nothing for who does not.
        rows = _rows(database, query, branch=branch, is_similar=True)
    shown = rows[: query.limit]
    following = "null"
    if len(rows) > query.limit:
        following = f'"{query.cursor_after(Product.model_validate_json(shown[-1]))}"'
    return f'{{"items":[{",".join(shown)}],"next_cursor":{following}}}'.encode()


def categories_json(database: Database) -> bytes:
    """Return all categories by slug as JSON."""
    items = database.read(_CATEGORIES)[0][0]
    return f'{{"items":[{items}]}}'.encode()


def quotes(database: Database, product_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """Return a quote per known product."""
    return [row[0] for row in database.read(_QUOTES, (list(product_ids),))]


def most_ordered(database: Database, *, limit: int) -> Sequence[tuple[UUID, int]]:
    """Return the products ordered most, with how many of them."""
    return [(row[0], row[1]) for row in database.read(_MOST_ORDERED, (limit,))]


def page_statement(
    query: ProductQuery, *, branch: Sequence[UUID], is_similar: bool
) -> tuple[bytes, dict[str, Any]]:
    """Build the statement of a page; one row more than asked says whether there is another page.

    `is_similar`: a word that occurs nowhere may be like a part of the name instead.
    """
    order, after = _SORTS[query.sort]
    parameters: dict[str, Any] = {"rows": query.limit + 1}
    conditions: list[LiteralString] = []
    if len(branch) == 1:
        # By equality, for a leaf is the common case: (category_id, id) is read in the page's order.
        conditions.append("p.category_id = %(category)s")
        parameters["category"] = branch[0]
    elif query.category is not None:
        conditions.append("p.category_id = ANY(%(branch)s)")
        parameters["branch"] = list(branch)
    if is_similar:
        for place, word in enumerate(query.words):
            conditions.append(_similar(place))
            parameters[f"word{place}"] = word
    elif query.search is not None:
        conditions.append("p.search @@ plainto_tsquery('simple', %(search)s)")
        parameters["search"] = query.search
    if query.min_price is not None:
        conditions.append("p.amount >= %(min_price)s")
        parameters["min_price"] = query.min_price
    if query.max_price is not None:
        conditions.append("p.amount <= %(max_price)s")
        parameters["max_price"] = query.max_price
    if query.position is not None:
        conditions.append(after)
        parameters["after"], parameters["after_id"] = query.position
    return _page(order, tuple(conditions)), parameters


def _rows(
    database: Database, query: ProductQuery, *, branch: Sequence[UUID], is_similar: bool
) -> list[str]:
    statement, parameters = page_statement(query, branch=branch, is_similar=is_similar)
    # A prepared plan does not know how rare the words are, nor how many products a branch has, and
    # would walk all products for them.
    is_planned_anew = query.search is not None or len(branch) > 1
    return [row[0] for row in database.read(statement, parameters, is_planned_anew=is_planned_anew)]


def _branch(database: Database, query: ProductQuery) -> list[UUID]:
    if query.category is None:
        return []
    return [row[0] for row in database.read(_BRANCH, (query.category,))]


def _similar(place: int) -> str:
    # One condition per word, not one over an array: so each is looked up in the indexes.
    word = f"%(word{place})s"
    return f"(p.search @@ plainto_tsquery('simple', {word}) OR {word} <%% p.name)"


@cache
def _page(order: LiteralString, conditions: tuple[str, ...]) -> bytes:
    # JSON is built for the rows of the page only, after the limit.
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    statement = sql.SQL(
        "SELECT {json} FROM (SELECT * FROM catalog.product p {where}ORDER BY {order} "
        "LIMIT %(rows)s) p JOIN catalog.category c ON c.id = p.category_id ORDER BY {order}"
    )
    return statement.format(
        json=_PRODUCT_JSON, where=sql.SQL(where), order=sql.SQL(order)
    ).as_bytes()
