"""A document, and the writes that cannot overwrite what they did not see."""

import secrets

from django.db import models, transaction
from django.utils import timezone

from .preconditions import Validators


# :snippet-start: store
def new_rev() -> str:
    # Random, so a document that is deleted and made again never repeats a tag.
    return secrets.token_hex(8)


class Document(models.Model):
    name = models.TextField(primary_key=True)
    title = models.TextField()
    body = models.TextField()
    rev = models.TextField(default=new_rev)
    saved_at = models.DateTimeField(default=timezone.now)

    @property
    def etag(self) -> str:
        return f'"{self.rev}"'

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, int(self.saved_at.timestamp()))

    # The compare-and-swap. ``save()`` names the key alone, and would overwrite whatever
    # came in between; this names the revision that was compared, and counts the rows.
    def swap(self, **changes: object) -> bool:
        changes |= {"rev": new_rev(), "saved_at": timezone.now()}
        unchanged = Document.objects.filter(pk=self.pk, rev=self.rev)
        if not unchanged.update(**changes):
            return False
        for field, value in changes.items():
            setattr(self, field, value)
        return True

    # A queryset's ``delete()`` may read the rows and then name their keys alone: with a
    # signal or a foreign key it does. So the swap takes the row first.
    @transaction.atomic
    def remove(self) -> bool:
        is_ours = self.swap()
        if is_ours:
            self.delete()
        return is_ours


# :snippet-end:
