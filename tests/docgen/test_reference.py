import pytest

from docgen.sources.errors import BlockError
from docgen.sources.signatures import describe_name


def test_a_function_is_described_from_its_own_words() -> None:
    entry = describe_name("flask_preconditions:EntityTag.parse")
    assert entry.signature == "EntityTag.parse(text)"
    assert entry.paragraphs[0].startswith('Read the wire form, such as `"v1"`')
    assert entry.raises == [("InvalidField", "when `text` is not exactly one entity tag.")]


def test_a_long_signature_takes_a_line_for_each_parameter() -> None:
    entry = describe_name("flask_preconditions:require_match")
    assert entry.signature.splitlines()[:4] == [
        "require_match(",
        "    load=None,",
        "    /,",
        "    *,",
    ]
    assert dict(entry.parameters)["into"].startswith("the keyword under which")


def test_a_role_of_rest_becomes_code() -> None:
    entry = describe_name("flask_preconditions:require_match")
    assert "`Policy`" in dict(entry.parameters)["require"]


def undocumented() -> None: ...


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("flask_preconditions:nothing", "has no nothing"),
        (f"{__name__}:undocumented", "has no docstring"),
    ],
)
def test_what_cannot_be_described_is_an_error(path: str, words: str) -> None:
    with pytest.raises(BlockError, match=words):
        describe_name(path)


def test_an_exception_has_no_signature_to_call() -> None:
    assert describe_name("flask_preconditions:SetupError").signature == ""
