"""The only door into payments for the monolith's other apps; there is no other side yet."""

from extracted.contracts.payments import Payments
from monolith.payments.local import LocalPayments

PAYMENTS: Payments = LocalPayments()
