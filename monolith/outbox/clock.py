"""The database's clock: two sides of a seam must not compare the clocks of web servers."""

from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """The moment of the statement, not of the transaction's begin."""

    function = "clock_timestamp"
    output_field = DateTimeField()
