"""Rows of a file to ratings: everything that is wrong is reported, with line, field and reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from steelyard.bench import Problems
from steelyard.core import Criterion, Json, Rating, Rubric
from steelyard.review._record import DrawnItem, StudyRating

_LONGEST_NAME = 1_000
_MOST_LISTED = 12
_COLUMNS = ("item", "rater", "criterion", "value")
_UNRATED = frozenset({"na", "n/a", "null", "none", "-", ".", "*"})
"""What files of numbers write where nobody rated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What ratings are bound to."""

    run: str = ""
    """The run whose outputs were judged; empty: none."""
    outputs: Mapping[tuple[str, int], str] | None = None
    """Output hash by case id and epoch; None without a run."""
    rubric: Rubric | None = None
    """What raters were asked."""
    drawn: Mapping[tuple[str, int], DrawnItem] | None = None
    """Outputs that were drawn for experts; None where none were."""
    now: datetime | None = None
    """When the ratings came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What came of a file."""

    ratings: Sequence[StudyRating]
    """Ratings in the order of the file."""
    empty: int
    """Rows without a value: nobody rated the item, or not yet."""


def read_rows(rows: Iterable[tuple[int, Mapping[str, Json]]], binding: Binding, problems: Problems) -> Read:
    """Ratings of every good row; what is wrong goes to `problems`."""
    found: list[StudyRating] = []
    checked = False
    first_lines: dict[tuple[str, int, str, str], int] = {}
    empty = 0
    for line, row in rows:
        if not checked:
            checked = True
            lacking = [name for name in _COLUMNS if name not in row]
            if len(lacking) > 1:
                there = ", ".join(f"'{name:.40}'" for name in list(row)[:_MOST_LISTED])
                problems.add(0, "", f"has no column {', '.join(lacking)}; its columns are {there}")
                break
        if "value" in row and _is_unrated(row["value"], binding.rubric):
            empty += 1
            continue

        def report(name: str, reason: str, at: int = line) -> None:
            problems.add(at, name, reason)

        rating = _rating(row, binding, report)
        if rating is None:
            continue
        said = rating.rating
        key = (said.item, said.epoch, said.rater, said.criterion)
        first = first_lines.setdefault(key, line)
        if first != line:
            problems.add(line, "rater", f"'{said.rater}' rated this item on line {first} already")
            continue
        found.append(rating)
    rated = _without_marks(found)
    empty += len(found) - len(rated)
    if not rated and not (empty and binding.drawn is not None) and not problems.found:
        problems.add(0, "", "holds no rating")
    return Read(ratings=rated, empty=empty)


def _without_marks(found: Sequence[StudyRating]) -> list[StudyRating]:
    """The ratings without `NA` and its like, where all other values of the criterion are numbers."""
    marked = {id(each) for each in found if str(each.rating.value).lower() in _UNRATED}
    worded = {
        each.rating.criterion
        for each in found
        if isinstance(each.rating.value, str) and id(each) not in marked
    }
    numbered = {each.rating.criterion for each in found if not isinstance(each.rating.value, str)} - worded
    return [each for each in found if id(each) not in marked or each.rating.criterion not in numbered]


def _rating(
    row: Mapping[str, Json], binding: Binding, report: Callable[[str, str], None]
) -> StudyRating | None:
    texts = {name: _text(row, name, report) for name in ("item", "rater", "criterion")}
    value = _value(row.get("value"), report)
    epoch = _whole(row, report)
    duration = _real(row, "duration_s", report, low=0.0)
    chance = _real(row, "inclusion_probability", report, low=0.0, high=1.0)
    if chance == 0.0:
        report("inclusion_probability", "must be above 0: what cannot be drawn cannot speak for anything")
    if value is None or epoch is None or not all(texts.values()) or chance == 0.0:
        return None
    item, rater, criterion = texts["item"], texts["rater"], texts["criterion"]
    value = _anchored(value, criterion, binding.rubric, report)
    output_hash = ""
    if binding.outputs is not None:
        output_hash = binding.outputs.get((item, epoch), "")
        if not output_hash:
            report("item", f"run {binding.run} has no output of case '{item}', epoch {epoch}")
    if not _rubric_fits(row.get("rubric"), binding.rubric, report):
        return None
    drawn = (binding.drawn or {}).get((item, epoch))
    comment = row.get("comment")
    return StudyRating(
        rating=Rating(
            item=item,
            rater=rater,
            criterion=criterion,
            value=value,
            epoch=epoch,
            duration_s=duration,
            comment="" if comment is None else str(comment),
            output_hash=output_hash,
            rubric_hash=binding.rubric.hash if binding.rubric else "",
            rated=binding.now,
        ),
        run=binding.run,
        inclusion=chance if chance is not None else drawn.inclusion if drawn else None,
    )


def _is_blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_unrated(value: Json, rubric: Rubric | None) -> bool:
    """Whether nobody rated here: nothing, NaN or, where points are numbers, `NA` and its like."""
    said = str(value).strip().lower()
    return _is_blank(value) or said == "nan" or (rubric is not None and said in _UNRATED)


def _text(row: Mapping[str, Json], name: str, report: Callable[[str, str], None]) -> str:
    value = row.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        report(name, "is missing" if _is_blank(value) else f"must be text, not {value!r:.40}")
        return ""
    if len(value) > _LONGEST_NAME:
        report(name, f"is longer than {_LONGEST_NAME:,} characters")
        return ""
    return value.strip()


def _value(value: Json, report: Callable[[str, str], None]) -> float | str | None:
    if isinstance(value, bool):
        return float(value)
    if _is_blank(value):
        report("value", "is missing")
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            number = float(text.replace("_", " _"))
        except ValueError:
            return _word(text, report)
    elif isinstance(value, int | float):
        number = float(value)
    else:
        report("value", f"must be a number or a word, not {value!r:.40}")
        return None
    if not math.isfinite(number):
        report("value", f"must be finite, not {value!r:.40}")
        return None
    return number


def _word(text: str, report: Callable[[str, str], None]) -> str | None:
    if len(text) > _LONGEST_NAME:
        report("value", f"is longer than {_LONGEST_NAME:,} characters")
        return None
    return text


def _whole(row: Mapping[str, Json], report: Callable[[str, str], None]) -> int | None:
    number = _real(row, "epoch", report, low=1.0)
    if number is None:
        return 1 if _is_blank(row.get("epoch")) else None
    if not number.is_integer():
        report("epoch", f"must be a whole number from 1, not {number:g}")
        return None
    return int(number)


def _real(
    row: Mapping[str, Json],
    name: str,
    report: Callable[[str, str], None],
    *,
    low: float,
    high: float = math.inf,
) -> float | None:
    value = row.get(name)
    if _is_blank(value):
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or not low <= number <= high:
        limits = f"of {low:g} or more" if math.isinf(high) else f"between {low:g} and {high:g}"
        report(name, f"must be a number {limits}, not {value!r:.40}")
        return None
    return number


def _anchored(
    value: float | str, name: str, rubric: Rubric | None, report: Callable[[str, str], None]
) -> float | str:
    """The value, checked against the anchors; an anchor may be named by the beginning of its meaning."""
    if rubric is None:
        return value
    known = {item.name: item for item in rubric.criteria}
    if name not in known:
        report("criterion", f"'{name}' is not in the rubric {rubric.name}: {', '.join(known)}")
        return value
    criterion: Criterion = known[name]
    points = [anchor.points for anchor in criterion.anchors]
    if value not in points:
        listed = ", ".join(f"{point:g}" for point in points)
        report("value", f"{value!r:.40} is no point of '{name}': {listed}")
    return value


def _rubric_fits(value: Json, rubric: Rubric | None, report: Callable[[str, str], None]) -> bool:
    """A row may say which rubric it was given by; another one than the study's is refused."""
    if _is_blank(value) or rubric is None:
        return True
    said = str(value).strip()
    if said == rubric.name or (len(said) >= 6 and rubric.hash.startswith(said)):
        return True
    report("rubric", f"is '{said:.40}', the study's is {rubric.name} ({rubric.hash[:12]})")
    return False
