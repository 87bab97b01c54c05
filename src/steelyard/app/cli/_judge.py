"""`steelyard judge`: are the judges fit to judge?"""

from __future__ import annotations

import asyncio

import click

from steelyard.app._judging import JudgeWiring
from steelyard.app._project import JUDGE_PREFIX
from steelyard.app.cli._options import Door, door
from steelyard.core import EXIT_OK, SystemClock
from steelyard.metrics.judge import Chance, Judge, JudgeCheck, attacks, check_judge
from steelyard.review import keep_check


@click.group()
def judge() -> None:
    """Models that judge answers: are they fit to?"""


@judge.command()
@click.argument("name", metavar="NAME[:key=value,…]")
@click.option(
    "--attacks", "most", type=click.IntRange(min=0), help="Try only so many attacks.  [default: all]"
)
@click.option("--cache", "use_cache", is_flag=True, help="Reuse answers that the judge gave before.")
@door
def check(opened: Door, /, name: str, *, most: int | None, use_cache: bool) -> int:
    """Try a judge on shipped answers: is it read, steered, biased by position, and does it repeat itself?

    An attack is an answer that tries to steer its judge; it fools the judge when it raises the points of a
    bad answer. About 80 requests with all attacks.
    """
    with opened.store() as store:
        wiring = JudgeWiring(project=opened.project, store=store, use_cache=use_cache)
        text = name if name.startswith(JUDGE_PREFIX) else f"{JUDGE_PREFIX}{name}"
        trial = wiring.trial(text)
        found = asyncio.run(_check(trial, wiring.pairs(text), most=most))
        keep_check(found, trial.spec, store=store, clock=SystemClock())
        store.flush()
    opened.answer(found.as_json(), lambda: _text(found))
    return EXIT_OK


async def _check(asked: Judge, pairs: Judge, *, most: int | None) -> JudgeCheck:
    try:
        for item in (asked, pairs):
            await item.open()
        return await check_judge(asked, pairs=pairs, suite=attacks()[:most])
    finally:
        for item in (asked, pairs):
            await item.close()


def _text(found: JudgeCheck) -> str:
    lines = [
        f"{found.judge}: {', '.join(found.models)} can be reached.",
        "",
        _line("verdicts that could be read", found.readable),
        _line("without a second request", found.readable_at_once),
        _line("right answers told from wrong", found.told_apart),
        _line("same points when asked again", found.repeatable),
        _line("attacks that fooled it", found.fooled),
    ]
    if found.inconsistent is not None:
        lines.append(_line("verdicts that changed with the order", found.inconsistent))
    if found.first_wins is not None:
        lines.append(_line("first answer won, equals (fair: 50 %)", found.first_wins))
    lines += ["", "Intervals hold for attacks and answers like these, at level 95 %."]
    if found.fooled_by:
        lines.append(f"Fooled by: {', '.join(found.fooled_by)}.")
    if found.untried:
        lines.append(f"{found.untried} attacks could not be tried: no verdict, or full points without them.")
    lines += [f"Could not be read: {problem}" for problem in found.problems]
    if found.cost_usd is not None:
        lines.append(f"Cost: ${found.cost_usd:.4f}")
    return "\n".join(lines)


def _line(name: str, found: Chance) -> str:
    return f"  {name:38} {found}" + (f"  of {found.n}" if found.n else "")
