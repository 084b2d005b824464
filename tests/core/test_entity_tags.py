import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from flask_preconditions.core import EntityTag
from flask_preconditions.core import InvalidField
from flask_preconditions.core import TagList
from flask_preconditions.core import parse_tag_list
from flask_preconditions.core.entity_tags import _is_even_list

OPAQUE = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters='"\x7f').filter(
        lambda c: not 0x7F <= ord(c) < 0x80
    )
)
NASTY = st.text(st.sampled_from(list('"W/w*, \tab\x01\x7fé')), max_size=24)


def reference(value: str) -> tuple[bool, frozenset[str], frozenset[str]] | None:
    """Read a value character by character, straight from the grammar."""
    if value.strip(" \t") == "*":
        return True, frozenset(), frozenset()
    strong, weak, position, expects = set(), set(), 0, True
    while position < len(value):
        if value[position] in " \t":
            position += 1
        elif value[position] == ",":
            expects, position = True, position + 1
        elif expects:
            is_weak = value.startswith("W/", position)
            position += 2 if is_weak else 0
            end = value.find('"', position + 1)
            opaque = value[position + 1 : end]
            if value[position : position + 1] != '"' or end < 0:
                return None
            if any(not ("\x21" <= c <= "\x7e" or "\x80" <= c <= "\xff") for c in opaque):
                return None
            (weak if is_weak else strong).add(opaque)
            expects, position = False, end + 1
        else:
            return None
    return (False, frozenset(strong), frozenset(weak)) if strong or weak else None


@given(OPAQUE, st.booleans())
def test_a_tag_survives_the_wire(opaque: str, weak: bool) -> None:
    tag = EntityTag(opaque, weak)
    assert EntityTag.parse(str(tag)) == tag
    parsed = parse_tag_list(f"{tag}, {tag}")
    assert isinstance(parsed, TagList)
    assert parsed.weakly_contains(tag)
    assert parsed.strongly_contains(tag) is not weak


@example(' , "" \t')
@example('"a","')
@example('"a", W/')
@given(st.one_of(NASTY, st.text()))
def test_a_list_is_read_as_the_grammar_says(value: str) -> None:
    parsed = parse_tag_list(value)
    wanted = reference(value)
    if wanted is None:
        assert isinstance(parsed, str)
    else:
        assert isinstance(parsed, TagList)
        assert (parsed.any, parsed.strong, parsed.weak) == wanted


@example('"a", ", ", "b"')
@example('"a",",","b"')
@example('"",""","')
@example("")
@example('W/"a", W/"b", "c"')
@example('", ", "a"b"')
@given(
    st.one_of(
        NASTY,
        st.builds(
            str.join,
            st.sampled_from([", ", ",", ' , ", "', ",W/"]),
            st.lists(st.text(st.sampled_from('W/,a" '), max_size=3).map('"{}"'.format)),
        ),
    )
)
def test_what_is_found_to_be_a_list_in_a_shorter_way_is_one(value: str) -> None:
    if _is_even_list(value):
        assert reference(value) is not None


@pytest.mark.parametrize("separator", [",", ", ", " , ,", ", W/"])
def test_a_long_list_whose_commas_look_alike_is_read_in_the_shorter_way(separator: str) -> None:
    value = separator.join(f'"t{number}"' for number in range(100))
    assert _is_even_list(value)
    assert isinstance(parse_tag_list(value), TagList)
    assert isinstance(parse_tag_list(f'{value}, "'), str)


@given(NASTY, st.lists(st.text(st.sampled_from("W/,a~"), max_size=3), max_size=6))
def test_a_tag_is_found_where_the_grammar_has_one(before: str, opaques: list[str]) -> None:
    value = before + ", ".join(str(EntityTag(opaque, len(opaque) == 2)) for opaque in opaques)
    parsed = parse_tag_list(value)
    wanted = reference(value)
    if wanted is None or not isinstance(parsed, TagList):
        return
    _, strong, weak = wanted
    for opaque in {*opaques, *strong, *weak, ",", ", ", "a"} - {", "}:
        assert parsed.strongly_contains(EntityTag(opaque)) is (opaque in strong)
        assert parsed.weakly_contains(EntityTag(opaque)) is (opaque in strong | weak)
        assert parsed.lists(f'W/"{opaque}"') is (opaque in weak)


@pytest.mark.parametrize("opaque", ['a"b', "a b", "a\tb", "a\nb", "\x7f", "日本"])
def test_what_a_tag_cannot_carry_is_refused(opaque: str) -> None:
    with pytest.raises(InvalidField, match="cannot be an entity tag"):
        EntityTag(opaque)


@pytest.mark.parametrize("text", ["", "v1", 'w/"v1"', '"a", "b"', ' "v1"', "*", '"v1'])
def test_what_is_not_one_tag_is_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="is not an entity tag"):
        EntityTag.parse(text)


@pytest.mark.parametrize(
    ("one", "other", "strong", "weak"),
    [  # the table of RFC 9110 §8.8.3.2
        ('W/"1"', 'W/"1"', False, True),
        ('W/"1"', 'W/"2"', False, False),
        ('W/"1"', '"1"', False, True),
        ('"1"', '"1"', True, True),
    ],
)
def test_the_two_comparisons(one: str, other: str, strong: bool, weak: bool) -> None:
    tags = EntityTag.parse(one), EntityTag.parse(other)
    assert tags[0].strongly_equals(tags[1]) is strong
    assert tags[1].strongly_equals(tags[0]) is strong
    assert tags[0].weakly_equals(tags[1]) is weak


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "The value is empty"),
        (" , ", "The value is empty"),
        ("33a64df5", 'Send "33a64df5", not 33a64df5.'),
        ("'33a64df5'", "Send \"33a64df5\", not '33a64df5'."),
        ('w/"1"', 'Send W/"1", not w/"1".'),
        ('*, "1"', "The wildcard * stands alone"),
        ("W/*", "is not a list of entity tags"),
        ('"a""b"', "a comma stands between two"),
        ("x" * 100, "x…"),
    ],
)
def test_a_malformed_value_is_answered_with_the_right_spelling(value: str, words: str) -> None:
    parsed = parse_tag_list(value)
    assert isinstance(parsed, str)
    assert words in parsed
    assert len(parsed) < 300


@pytest.mark.parametrize("value", ['"a" \x1b[2J"b"', "v\x851", "\x9b2J"])
def test_what_is_wrong_is_told_without_writing_on_the_screen(value: str) -> None:
    told = parse_tag_list(value)
    assert isinstance(told, str)
    assert told.isprintable()
    assert "\\x" in told
