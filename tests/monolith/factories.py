"""Rows as a test needs them."""

import factory
from factory.django import DjangoModelFactory
from uuid_utils.compat import uuid7

from monolith.customers.models import Address, Customer


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    id = factory.LazyFunction(uuid7)
    email = factory.Sequence("ada-{}@example.com".format)
    name = "Ada"


class AddressFactory(DjangoModelFactory):
    class Meta:
        model = Address

    id = factory.LazyFunction(uuid7)
    customer = factory.SubFactory(CustomerFactory)
    recipient = "Ada"
    street = "1 Harbor Road"
    postal_code = "1011"
    city = "Amsterdam"
    country = "NL"
