from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from monolith.customers.management.commands import forget_sign_ins
from monolith.customers.models import Session, SignInCount

pytestmark = pytest.mark.django_db


def test_what_is_over_is_forgotten_a_few_at_a_time_and_the_rest_stays(
    ada, sign_in, monkeypatch, capsys
):
    monkeypatch.setattr(forget_sign_ins, "AT_ONCE", 2)
    for _ in range(6):
        assert sign_in().status_code == 201
    over = list(Session.objects.order_by("id").values_list("pk", flat=True)[:5])
    Session.objects.filter(pk__in=over).update(expires_at=timezone.now() - timedelta(seconds=1))
    SignInCount.objects.all().delete()
    for number in range(5):
        age = timedelta(hours=1) if number < 3 else timedelta(minutes=1)
        SignInCount.objects.create(subject=str(number), tries=1, since=timezone.now() - age)
    call_command("forget_sign_ins")
    assert capsys.readouterr().out == "forgotten: 5 sessions, 3 counts of tries\n"
    assert Session.objects.count() == 1
    assert sorted(SignInCount.objects.values_list("subject", flat=True)) == ["3", "4"]
