"""Every lesson: its solution passes, and each mistake is met by its own hint."""

from dataclasses import replace

import pytest

from flask_preconditions.lab import Run
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.engine import Kind
from flask_preconditions.lab.lessons import Hint
from flask_preconditions.lab.lessons import Lesson
from flask_preconditions.lab.lessons import LessonError
from flask_preconditions.lab.lessons import Request
from flask_preconditions.lab.lessons import Step
from flask_preconditions.lab.lessons import read_lesson
from flask_preconditions.lab.lessons import read_request
from flask_preconditions.lab.player import Player
from flask_preconditions.lab.player import play_mistake
from flask_preconditions.lab.player import replay
from flask_preconditions.simulator import FAULTS
from flask_preconditions.simulator import create_app

LESSONS = load_lessons()
MISTAKES = [
    (lesson, step, hint) for lesson in LESSONS for step in lesson.steps for hint in step.hints
]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "flask_preconditions")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_the_solution_of_a_lesson_passes(lesson: Lesson) -> None:
    run = Run(lesson)
    judged = list(Player(create_app()).solve(run))
    assert len(judged) == len(lesson.steps)
    assert run.step is None
    assert all(value.startswith(('"', 'W/"')) for value in run.notes.values())


@pytest.mark.parametrize(
    ("lesson", "step", "hint"),
    MISTAKES,
    ids=[f"{lesson.id}-{step.id}-{step.hints.index(hint)}" for lesson, step, hint in MISTAKES],
)
def test_a_mistake_is_met_by_its_own_hint(lesson: Lesson, step: Step, hint: Hint) -> None:
    exchange, judgement = play_mistake(lesson, step, hint)
    assert judgement is not None, exchange
    assert judgement.kind is Kind.FAILED, exchange
    assert judgement.hint is hint, f"{judgement}\n{exchange}"
    assert judgement.unmet


def test_every_step_that_writes_has_a_hint() -> None:
    for lesson in LESSONS:
        for step in lesson.steps:
            assert step.hints or step.solution.method == "GET", (lesson.id, step.id)


def test_the_lessons_are_those_that_are_promised() -> None:
    assert [lesson.id for lesson in LESSONS] == [
        *("reproduce", "transport", "minimum-change", "lost-update", "create-once"),
        *("required", "weak-tags", "cached-read", "ranges"),
    ]
    used = {
        step.solution.query.get("fault")
        for lesson in LESSONS
        for step in lesson.steps
        if step.solution.query
    }
    assert used <= FAULTS.keys()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_lesson_goes_on_wherever_it_was_left(lesson: Lesson) -> None:
    whole = replay(Player(create_app()), lesson, len(lesson.steps))
    for place in range(len(lesson.steps)):
        player = Player(create_app())
        run = replay(player, lesson, whole.requests[:place])
        assert run.place == place
        assert len(list(player.solve(run))) == len(lesson.steps) - place


def test_a_request_that_passes_no_more_is_replaced_by_the_solution() -> None:
    lesson = LESSONS[0]
    gone = [{"method": "GET", "path": "docs/gone", "query": {}, "headers": {}, "body": ""}]
    assert replay(Player(create_app()), lesson, gone).place == 0


def test_the_learners_own_content_is_what_is_replayed() -> None:
    lesson = LESSONS[0]
    player = Player(create_app())
    run = replay(player, lesson, 1)
    player.prepare(lesson.steps[1])
    own = {**_as_data(lesson.steps[1].solution), "body": {"title": "Mine", "body": "my own"}}

    run.feed(player.send(read_request(own), run.notes))
    assert run.requests[1]["headers"] == {"if-match": "{etag}"}
    later = replay(Player(create_app()), lesson, run.requests)
    assert later.place == 2
    assert later.passed["stale"]["request"]["body"]["body"] == "my own"
    assert later.notes != run.notes


def _as_data(request: Request) -> dict[str, object]:
    return {"method": request.method, "headers": dict(request.headers)}


MISTYPED = {
    "If-Match is empty": ({"headers": {"If-Match": ""}}, "The value is empty."),
    "no such fault": ({"query": {"fault": "storm"}}, "fault takes a fault: "),
    "no such method": ({"method": "POST"}, "The resource does not take this method."),
}


@pytest.mark.parametrize("mistyped", MISTYPED)
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_what_was_refused_as_mistyped_is_told_in_the_words_of_the_answer(
    lesson: Lesson, mistyped: str
) -> None:
    changed, words = MISTYPED[mistyped]
    for place, step in enumerate(lesson.steps):
        player = Player(create_app())
        run = replay(player, lesson, place)
        player.prepare(step)
        solution = run.solution_of(step)
        headers = {**solution.headers, **changed.get("headers", {})}
        exchange = player.send(replace(solution, **{**changed, "headers": headers}), run.notes)
        judgement = run.feed(exchange)
        assert judgement is not None
        is_told = exchange.response.get("Content-Type") == "application/problem+json"
        if exchange.response.status not in (400, 405) or not is_told:
            assert solution.query, exchange  # a fault looks at no condition, or has another page
            continue
        [told] = judgement.unmet
        assert told.startswith(words)
        # A hint may be about the step; none takes this mistake for another one.
        hint = judgement.hint.say if judgement.hint else ""
        assert [word for word in ("shell", "w/", "proxy before", "old tag") if word in hint] == []


def test_the_words_of_an_answer_are_short_and_without_control_characters() -> None:
    lesson = LESSONS[0]
    run = Run(lesson)
    detail = "\x1b[31m\x9b" + "x" * 400
    answer = {"status": 400, "headers": {}, "body": {"detail": detail}}
    asked = {"method": "PUT", "path": "docs/a", "query": {}, "headers": {}, "body": ""}
    judgement = run.judge({"request": asked, "response": answer})
    assert judgement is not None
    assert judgement.unmet == (" [31m " + "x" * 294,)


def test_a_read_beside_a_write_is_no_mistake() -> None:
    lesson = LESSONS[0]
    player = Player(create_app())
    run = replay(player, lesson, 1)
    judgement = run.feed(player.send(lesson.steps[0].solution, run.notes))
    assert judgement is not None
    assert (judgement.kind, run.place) == (Kind.LOOKED, 1)


STEP = {
    "id": "a",
    "say": "x",
    "learnt": "y",
    "expect": [["response.status", "is", 200]],
    "solution": {"method": "GET"},
}


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{"id": "a"}], "step a: 'say' is missing"),
        ([STEP, STEP], "another step has this id"),
        ([{**STEP, "act": "dance"}], "act is one of rival"),
        ([{**STEP, "expect": [["response.status", "equals", 200]]}], "is no rule"),
        ([{**STEP, "expect": [["response.status", "exists", 200]]}], "is no rule"),
        ([{**STEP, "expect": [["status", "is", 200]]}], "leads nowhere"),
        ([{**STEP, "expect": [["changes.b", "is", []]]}], "names no earlier step"),
        ([{**STEP, "expect": [["request.headers.if-match", "is", "{b}"]]}], "{b} is noted by no"),
    ],
)
def test_a_lesson_that_does_not_fit_together_is_refused(
    steps: list[dict[str, object]], words: str
) -> None:
    with pytest.raises(LessonError) as refused:
        read_lesson("mine", {"order": 1, "title": "t", "about": "a", "steps": steps})
    assert words in str(refused.value)


@pytest.mark.parametrize(("name", "place"), [("reproduce", 1), ("minimum-change", 1)])
def test_the_solution_repeats_the_request_that_was_the_learners_own(name: str, place: int) -> None:
    [lesson] = [lesson for lesson in LESSONS if lesson.id == name]
    player = Player(create_app())
    run = replay(player, lesson, place)
    player.prepare(lesson.steps[place])
    mine = replace(lesson.steps[place].solution, body={"title": "Mine", "body": "my own"})
    run.feed(player.send(mine, run.notes))
    assert [judged.kind for _, judged in player.solve(run)] == ["passed"] * (
        len(lesson.steps) - place - 1
    )
    [writes] = [facts for name, facts in run.passed.items() if name in ("again", "saved")]
    assert writes["request"]["body"] == mine.body
