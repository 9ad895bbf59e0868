"""Every event of every domain with the value it carries: what is said, by its name.

A name said nowhere in the code, or said and not listed here, fails a test.
"""

from collections.abc import Mapping
from types import MappingProxyType

from extracted.contracts import catalog, inventory, notifications, orders, payments
from extracted.contracts.values import Contract

EVENTS: Mapping[str, Mapping[str, type[Contract]]] = MappingProxyType(
    {
        catalog.DOMAIN: {
            "product_created": catalog.ProductEvent,
            "product_changed": catalog.ProductEvent,
            "product_deleted": catalog.ProductEvent,
        },
        inventory.DOMAIN: {
            "stock_adjusted": inventory.StockAdjusted,
            "stock_reserved": inventory.ReservationEvent,
            "stock_confirmed": inventory.ReservationEvent,
            "stock_released": inventory.ReservationEvent,
            "stock_expired": inventory.ReservationEvent,
        },
        notifications.DOMAIN: {
            "mail_written": notifications.MailEvent,
            "mail_taken": notifications.MailEvent,
            "mail_sent": notifications.MailEvent,
            "mail_postponed": notifications.MailEvent,
        },
        orders.DOMAIN: {
            "cart_changed": orders.CartChanged,
            "checkout_moved": orders.CheckoutMoved,
            "refund_moved": orders.RefundMoved,
            "order_placed": orders.OrderPlaced,
            "order_paid": orders.OrderChanged,
            "order_shipped": orders.OrderChanged,
            "order_delivered": orders.OrderChanged,
            "order_cancelled": orders.OrderChanged,
            "order_refunded": orders.OrderChanged,
        },
        payments.DOMAIN: {
            "payment_asked": payments.PaymentChanged,
            "payment_authorized": payments.PaymentChanged,
            "payment_declined": payments.PaymentChanged,
            "payment_captured": payments.PaymentChanged,
            "payment_voided": payments.PaymentChanged,
            "payment_refunded": payments.PaymentChanged,
            "payment_refused": payments.PaymentChanged,
        },
    }
)
