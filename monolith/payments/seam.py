"""The only door into payments for the monolith's other apps."""

from extracted.contracts.payments import Payments
from monolith.payments.local import LocalPayments

LOCAL = LocalPayments()
PAYMENTS: Payments = LOCAL
