"""The database's clock: web servers' clocks differ."""

from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """The moment of the statement, not of the transaction's begin."""

    function = "clock_timestamp"
    output_field = DateTimeField()
