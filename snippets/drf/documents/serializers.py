"""What a document looks like outside."""

from rest_framework import serializers

from .models import Document


class Text(serializers.CharField):
    """A string as it was sent: CharField takes 1 for "1" and cuts blanks off."""

    def __init__(self, **options):
        super().__init__(allow_blank=True, trim_whitespace=False, **options)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class DocumentSerializer(serializers.ModelSerializer):
    title = Text()
    body = Text()

    class Meta:
        model = Document
        fields = ["name", "title", "body"]
        read_only_fields = ["name"]

    def validate(self, attrs):
        unknown = self.initial_data.keys() - {"title", "body"}
        if unknown:
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), "Not known.")
            )
        return attrs


class DocumentItemSerializer(DocumentSerializer):
    class Meta(DocumentSerializer.Meta):
        fields = ["name", "title", "body", "etag"]
