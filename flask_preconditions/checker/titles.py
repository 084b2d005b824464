"""What is wrong, in a short sentence: the title of a finding."""

from collections.abc import Callable
from dataclasses import replace

from ..conformance.verdicts import Result
from . import fields
from .symptoms import Fault
from .symptoms import Symptom
from .symptoms import Topic
from .symptoms import field_of
from .symptoms import why_ignored
from .unread import TAG_FIELDS

_RULE_TITLES = {
    fields.ETAG_SYNTAX.id: "The ETag that GET tells is no entity tag",
    fields.DATE_SYNTAX.id: "The Last-Modified that GET tells is no date",
    fields.DATE_FUTURE.id: "Last-Modified lies in the future",
    fields.STRONG_TAG.id: "One strong ETag stands for two contents",
    fields.CODED_TAG.id: "The compressed content has the strong ETag of the plain one",
    fields.CODED_VARY.id: "Vary does not name Accept-Encoding",
    fields.HEAD_VALIDATORS.id: "HEAD tells other validators than GET",
    fields.HEAD_LENGTH.id: "HEAD tells another Content-Length than GET has",
    fields.BARE_304.id: "304 lacks fields that its 200 has",
    fields.CONTENT_OF_304.id: "304 has content",
    fields.CONTENT_OF_HEAD.id: "The answer to HEAD has content",
    fields.FIELDS_OF_206.id: "206 has not the tag and the fields of its 200",
    fields.WRITE_TAG.id: "The answer to a write tells another ETag than GET",
}

_NOUNS = {
    Topic.STAR: "{field}: *",
    Topic.MALFORMED: "{field} that cannot be read",
}
_COUNTED_NOUNS = {
    Topic.LIST: "list in {field}",
    Topic.WEAK: "weak tag in {field}",
    Topic.LONG: "long {field}",
    Topic.DATE_FORM: "date of another form in {field}",
}


def title_of(symptom: Symptom, methods: list[str], results: list[Result], form: str) -> str:
    """Say in a short sentence what is wrong.

    :param form: what form the tags of the server have.
    """
    times = results[0].times
    if symptom.topic is not Topic.SOMETIMES or times is None:
        return _title_of(symptom, methods, results, form)
    names = {field_of(result.vector) for result in results}
    several = "preconditions" if symptom.fault is Fault.PERFORMED else "a precondition"
    field = names.pop() if len(names) == 1 else several
    title = _title_of(replace(symptom, field=field, topic=Topic.BASIC), methods, results, form)
    return f"Sometimes {title.replace('A range', 'a range')} ({times[0]} of {times[1]} times)"


def _title_of(symptom: Symptom, methods: list[str], results: list[Result], form: str) -> str:
    fault, field, topic, status = symptom.fault, symptom.field, symptom.topic, symptom.status
    shown = results[0]
    against = f"against the rule: {shown.vector.title}"
    more = f", {against}" if len(results) == 1 else ""
    if shown.vector.group == fields.GROUP:
        return _RULE_TITLES[shown.vector.id]
    who = " and ".join(filter(None, [", ".join(methods[:-1]), methods[-1]]))
    is_one = len(methods) == 1

    def does(verb: str) -> str:
        return f"{who} {verb}" if is_one else f"{who} {_PLURALS[verb]}"

    counted = _COUNTED_NOUNS.get(topic)
    noun = (counted or _NOUNS.get(topic, "{field}")).format(field=field)
    if topic is Topic.STAR and any(value != value.strip() for _, value in shown.vector.fields):
        noun += " between blanks"
    what = f"a {noun}" if counted else noun
    answered = shown.exchange.response.status if shown.exchange else 0
    simple = {
        Fault.NO_ANSWER: f"{who} with preconditions {'is' if is_one else 'are'} not answered",
        Fault.WRITTEN: f"{does('writes')} and {'answers' if is_one else 'answer'} {answered}",
        Fault.READ_WRITES: f"{does('changes')} the resource",
        Fault.NOT_WRITTEN: f"{does('is')} answered with success and changes nothing",
    }
    if fault is Fault.UNREAD:
        sent = {name for result in results for name, _ in result.vector.fields}
        read = [field for field in TAG_FIELDS if field in sent]
        are, they = ("is", "it is") if len(read) == 1 else ("are", "they are")
        return f"{' and '.join(read)} {are} refused with {status} unless {they} * or one tag {form}"
    if fault in simple:
        return simple[fault]
    if topic is Topic.METHOD:
        return f"{does('looks')} at preconditions ({status or shown.detail})"
    if topic is Topic.ABSENT:
        return f"{does('looks')} at preconditions where nothing is ({status or shown.detail})"
    is_other = topic is Topic.OTHER and fault in (Fault.PERFORMED, Fault.REFUSED)
    if fault is Fault.FIELDS or topic is Topic.ANSWER or is_other:
        return f"{does('answers')} {answered} {against}"
    if topic is Topic.PART and fault in (Fault.PERFORMED, Fault.REFUSED):
        return _title_of_part(does, field, results)
    if topic is Topic.NOWHERE and fault is Fault.PERFORMED:
        return f"{does('creates')} what {field} says is there"
    if topic is Topic.EARLIER and fault in (Fault.PERFORMED, Fault.REFUSED):
        return f"{does('takes')} a tag in {field} that was told earlier"
    if topic is Topic.QUOTED_STAR and fault in (Fault.PERFORMED, Fault.REFUSED):
        return f'{does("takes")} the tag "*" in {field} for the wildcard'
    if topic is Topic.LIST and fault is Fault.PERFORMED:
        return f"{does('misreads')} a list in {field}{more}"
    if topic is Topic.LIST and fault is Fault.REFUSED:
        return f"{does('refuses')} a list in {field} ({status}){more}"
    if topic is Topic.LINES and fault is Fault.PERFORMED:
        return f"{does('reads')} only one of several lines of a field"
    if topic is Topic.DATE_FORM and fault is Fault.PERFORMED:
        return f"{does('does')} not read all forms of date in {field}{more}"
    if topic is Topic.LINES and fault is Fault.REFUSED:
        return f"{does('refuses')} a field of several lines ({status})"
    if topic is Topic.ORDER and fault in (Fault.PERFORMED, Fault.REFUSED):
        names = list(dict.fromkeys(name for name, _ in shown.vector.fields))
        is_short = len(results) == 1 and len(names) < 4
        what = f"{', '.join(names[:-1])} and {names[-1]}" if is_short else "preconditions"
        return f"{does('evaluates')} {what} in another order"
    if fault is Fault.ERROR:
        return f"{does('fails')} with {status} at {what}"
    if fault is Fault.PARTIAL and topic is Topic.OTHER_DATE:
        return "A range is sent where the date of If-Range is not that of Last-Modified"
    if fault is Fault.PARTIAL and topic is Topic.WEAK:
        return f"A range is sent where {field} has a weak tag"
    if fault is Fault.PARTIAL:
        why = f"where {field} is false" if topic is Topic.BASIC else against
        return f"A range is sent {why}"
    if fault is Fault.OTHER_STATUS:
        kind = noun if topic is Topic.MALFORMED else f"a false {noun}"
        return f"{does('answers')} {kind} with {status}"
    if fault is Fault.REFUSED:
        if topic is Topic.IGNORED:
            verb = "evaluates" if status in (304, 412) else "refuses"
            return f"{does(verb)} {why_ignored(shown.vector, field)} ({status})"
        if topic is Topic.MALFORMED:
            return f"{does('refuses')} {noun} ({status})"
        return f"{does('answers')} a true {noun} with {status}"
    if topic is Topic.WEAK:
        way = "strongly" if field == "If-None-Match" else "weakly"
        is_list = all("," in result.vector.fields[0][1] for result in results)
        where = "a list in " if is_list and field == "If-Match" else ""
        return f"{does('compares')} {where}{field} {way}"
    if topic is Topic.MALFORMED:
        return f"{does('goes')} ahead where {field} cannot be read"
    if topic is Topic.SECOND:
        return f"{does('ignores')} {field} in the second request of a connection"
    return f"{does('ignores')} {what}"


def _title_of_part(does: Callable[[str], str], field: str, results: list[Result]) -> str:
    """Say which part of a tag is compared, by the tags that are taken."""
    kinds = {result.vector.fields[0][1].removeprefix("{etag:").rstrip("}") for result in results}
    kinds = kinds - {"percent"} or kinds  # which begins and ends like others
    if "length" in kinds:
        return f"{does('takes')} any tag in {field} that is as long as the current one"
    if kinds == {"percent"}:
        return f"{does('decodes')} percent signs in a tag in {field}"
    if kinds == {"case"}:
        return f"{does('compares')} tags in {field} without regard to case"
    if kinds <= {"gzip", "longer", "beginning"}:
        return f"{does('compares')} only the beginning of a tag in {field}"
    if kinds <= {"preceded", "end"}:
        return f"{does('compares')} only the end of a tag in {field}"
    return f"{does('compares')} only a part of a tag in {field}"


_PLURALS = {
    "writes": "write",
    "changes": "change",
    "is": "are",
    "looks": "look",
    "evaluates": "evaluate",
    "fails": "fail",
    "answers": "answer",
    "does": "do",
    "compares": "compare",
    "decodes": "decode",
    "goes": "go",
    "misreads": "misread",
    "ignores": "ignore",
    "creates": "create",
    "takes": "take",
    "reads": "read",
    "refuses": "refuse",
}
