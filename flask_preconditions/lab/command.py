"""What ``flask preconditions lab`` does, by its options."""

import difflib
import logging
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

from ..conformance.wire import Exchange
from ..exceptions import SetupError
from ..recorded.har import read_har
from ..simulator import create_app
from .engine import Judgement
from .engine import Kind
from .engine import Run
from .export import FORMATS
from .lessons import Lesson
from .lessons import load_lessons
from .player import Player
from .progress import Progress
from .progress import default_file
from .watch import Watch

Say = Callable[[str], object]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep refusals, which are what a lesson is about, out of the terminal."""
    logger = logging.getLogger("flask_preconditions")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def choose(name: str | None) -> tuple[Lesson, ...]:
    """Give the lesson of a name, or all.

    :raises SetupError: when there is no such lesson.
    """
    lessons = load_lessons()
    if name is None:
        return lessons
    found = tuple(lesson for lesson in lessons if lesson.id == name)
    if not found:
        names = [lesson.id for lesson in lessons]
        close = difflib.get_close_matches(name, names, n=1)
        meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise SetupError(f"there is no lesson {name}; {meant}")
    return found


def export(lessons: Sequence[Lesson], form: str, say: Say) -> None:
    """Print the solution of one lesson.

    :raises SetupError: when no lesson was named.
    """
    if len(lessons) != 1:
        names = ", ".join(lesson.id for lesson in lessons)
        raise SetupError(f"--export is of one lesson; name it: {names}")
    say(FORMATS[form](lessons[0]).rstrip("\n"))


@_quiet()
def solve(lessons: Sequence[Lesson], say: Say) -> None:
    """Play the solutions.

    :raises AssertionError: when one does not pass.
    """
    for lesson in lessons:
        say(f"{lesson.title}")
        run = Run(lesson)
        for number, (exchange, judgement) in enumerate(Player(create_app()).solve(run), 1):
            say(f"\n[{number}/{len(lesson.steps)}] {judgement.step.say}\n{exchange}")
            say(f"✔ {judgement.step.learnt}")
        say("")


def grade(lessons: Sequence[Lesson], text: str, say: Say) -> bool:
    """Judge the exchanges of a HAR.

    :return: whether a lesson is done.
    :raises SetupError: when it is no HAR, or no lesson was named.
    """
    if len(lessons) != 1:
        names = ", ".join(lesson.id for lesson in lessons)
        raise SetupError(f"--har is judged by one lesson; name it: {names}")
    run = Run(lessons[0])
    last: tuple[Exchange, Judgement] | None = None
    for exchange in read_har(text):
        judgement = run.feed(exchange)
        if judgement and judgement.kind is Kind.PASSED:
            say(f"✔ {judgement.step.say}")
            last = None
        elif judgement and judgement.kind is Kind.FAILED:
            last = exchange, judgement
    if run.step is None:
        say(f"Done: {run.lesson.title}.")
        return True
    say(f"✘ {run.step.say}")
    if last is None:
        say("  There is no exchange for it.")
    else:
        exchange, judgement = last
        why = judgement.hint.say if judgement.hint else "; ".join(judgement.unmet)
        say(f"  {exchange.method} {exchange.response.status}: {why}")
    return False


def reset(name: str | None, progress: str | None) -> None:
    """Forget what is done of a lesson, or of all."""
    file = Path(progress) if progress else default_file()
    if name is None:
        Progress(file).save()
        return
    kept = Progress.load(file)
    kept.requests.pop(name, None)
    kept.save()


def show(progress: str | None, say: Say) -> None:
    """List the lessons."""
    kept = Progress.load(Path(progress) if progress else default_file())
    lessons = load_lessons()
    width = max(len(lesson.id) for lesson in lessons)
    for lesson in lessons:
        done = f"{len(kept.done(lesson))}/{len(lesson.steps)}"
        mark = "✔" if kept.is_finished(lesson) else " "
        say(f"{mark} {lesson.id:{width}}  {done}  {lesson.title}")


def teach(lessons: Sequence[Lesson] | None, port: int, progress: str | None, say: Say) -> None:
    """Serve the lab and go through lessons, until they are done or the learner leaves.

    :param lessons: those that were named; without any, all that are not done.
    :raises SetupError: when the port or the file of the progress cannot be used.
    """
    kept = Progress.load(Path(progress) if progress else default_file())
    if lessons is None:
        lessons = [lesson for lesson in load_lessons() if not kept.is_finished(lesson)]
        if not lessons:
            say("Every lesson is done. Name one to do it again; --list shows them.")
            return
    watch = Watch(port, kept, say)
    say("The lab listens; work in another terminal, or in a browser. Ctrl+C ends it.")
    try:
        with _quiet():
            for lesson in lessons:
                watch.teach(lesson)
    except KeyboardInterrupt:
        say("\nWhat is done is kept. To go on: flask preconditions lab")
    finally:
        watch.close()
