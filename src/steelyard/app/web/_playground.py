"""The playground of a sample: change what was asked, ask again, and see both answers side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from steelyard import bench, reports
from steelyard.app._editing import add_case
from steelyard.app._playground import Changes, Choice, Playground, changed_case
from steelyard.app._wiring import find_run
from steelyard.app.web._guard import Guard
from steelyard.app.web._play_form import PARAMETERS, TextField, changes_of, fields_of, kept_as_is, same_text
from steelyard.app.web._principal import LOCAL_USER, principal_of
from steelyard.app.web._render import link, part, render
from steelyard.app.web._sample import find_sample
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, ScoreView, answered, asked, output_facts, score_view
from steelyard.app.web._turnstile import while_awaited
from steelyard.core import Json, Provenance, SteelyardError, UsageError, parse_json
from steelyard.metrics.judge import asks_a_model
from steelyard.runs import RunRecord, Sample, Tried

router = APIRouter(include_in_schema=False)
_LONGEST_ID = 500
_GONE = 499
"""What proxies write down for a request that nobody waits for any more; HTTP itself has no word for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayPart:
    """The form of the playground."""

    action: str
    """Where a try is sent."""
    choices: tuple[tuple[Choice, str], ...]
    """Targets that can be asked, each with the words of its line."""
    refused: tuple[Choice, ...]
    """Targets that cannot, with the reason."""
    fields: tuple[TextField, ...]
    """The texts that can be changed."""
    kept: int
    """How many messages are sent as they are."""
    attachments: int
    """How many files go along."""
    system: str | None
    """The system prompt of the first target; None where no target takes one."""
    parameters: bool
    """Whether any target takes sampling parameters."""
    judges: tuple[str, ...]
    """Metrics that ask a model as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPart:
    """One try beside what the run holds."""

    target: str
    """What was asked."""
    changed: str
    """What was different, in words."""
    asked: tuple[Payload, ...]
    """The question as it was put."""
    before: tuple[Payload, ...]
    """The run's answer."""
    now: tuple[Payload, ...]
    """The new answer."""
    facts: tuple[tuple[str, str, str], ...]
    """What it took: name, then, now."""
    scores: tuple[tuple[str, ScoreView, ScoreView], ...]
    """Metric, its score then, its score now."""
    error: SteelyardError | None = None
    """Why nothing came of it."""
    case: CaseOffer | None = None
    """What a case of it would be; None where nothing about the question was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOffer:
    """A try as the next case of a benchmark."""

    action: str
    """Where the form goes."""
    question: str
    """Input and turns, as JSON."""
    benchmark: str
    """The benchmark it is offered to."""
    id: str
    """The id it would get."""
    expected: str
    """What would be right, if that is still so."""


@router.get("/runs/{run}/sample/try", name="playground")
def playground(request: Request, run: str, case: str, epoch: int = 1) -> Response:
    """The form, filled with what was asked."""
    site: Site = request.app.state.site
    found = find_run(site.store, run)
    sample = find_sample(site, found, case, epoch)
    changed_case(sample.case, Changes())
    choices = ground_of(request).choices(found, sample.case)
    usable = [choice for choice in choices if not choice.problem]
    page = PlayPart(
        action=link(f"/runs/{part(found.id)}/sample/try", case=case, epoch=epoch),
        choices=tuple((choice, _choice_words(choice)) for choice in usable),
        refused=tuple(choice for choice in choices if choice.problem),
        fields=fields_of(sample.case),
        kept=kept_as_is(sample.case),
        attachments=len(sample.case.attachments),
        system=next((choice.system or "" for choice in usable if choice.takes_parameters), None),
        parameters=any(choice.takes_parameters for choice in usable),
        judges=tuple(spec.key for spec in found.metrics if asks_a_model(spec)),
    )
    return render(request, "playground.html", title="", page=page, run=found)


@router.post("/runs/{run}/sample/try", name="playground_try")
async def playground_try(request: Request, run: str, case: str, epoch: int = 1) -> Response:
    """One try: it is answered once the target has answered, and ended when nobody waits for it."""
    form = await request.form()

    def begin() -> tuple[RunRecord, Sample, Changes]:
        site: Site = request.app.state.site
        found = find_run(site.store, run)
        sample = find_sample(site, found, case, epoch)
        choices = ground_of(request).choices(found, sample.case)
        return found, sample, changes_of(form, sample.case, choices)

    try:
        found, sample, changes = await run_in_threadpool(begin)
        tried = await play(request, found, sample, changes)
    except ClientDisconnect:
        return Response(status_code=_GONE)
    except SteelyardError as error:
        return render(request, "tried.html", title="", page=_failed(form, error))
    return render(request, "tried.html", title="", page=_tried(found, sample, changes, tried))


@router.post("/runs/{run}/sample/case", name="playground_case")
async def playground_case(request: Request, run: str, case: str, epoch: int = 1) -> Response:
    """Make a try the next case of a benchmark."""
    form = await request.form()
    given = {name: value for name, value in form.multi_items() if isinstance(value, str)}

    def act() -> Response:
        site: Site = request.app.state.site
        found = find_run(site.store, run)
        return _make_case(site, found, find_sample(site, found, case, epoch), given)

    return await run_in_threadpool(act)


async def play(request: Request, run: RunRecord, sample: Sample, changes: Changes) -> Tried:
    """One try for one request; raises ClientDisconnect, TooManyError and what `Playground.play` raises."""
    site: Site = request.app.state.site
    request.state.audit = {"run": run.id, "case": sample.case.id[:_LONGEST_ID], "target": changes.target}
    with site.playing.turn():
        return await while_awaited(request, ground_of(request).play(run, sample, changes))


def ground_of(request: Request) -> Playground:
    """The playground of the site; only where nobody else can ask are programs run without being allowed."""
    site: Site = request.app.state.site
    guard: Guard = request.app.state.guard
    executes = principal_of(request) is LOCAL_USER or guard.settings.playground_programs
    return Playground(project=site.project, store=site.store, executes=executes)


def _choice_words(choice: Choice) -> str:
    words = [choice.label]
    if not choice.name:
        words.append("the run's own" + (", set up otherwise now" if choice.changed else ""))
    if choice.cost_usd is not None:
        words.append(f"about {reports.say_usd(choice.cost_usd)} a try")
    return " · ".join(words)


def _tried(run: RunRecord, sample: Sample, changes: Changes, tried: Tried) -> TriedPart:
    is_asked_anew = changes.input is not None or changes.turns is not None
    return TriedPart(
        target=changes.target or str(run.target.get("name") or run.target.get("uri") or "the run's target"),
        changed=_changed_words(changes),
        asked=tuple(replace(each, open=False) for each in asked(tried.case)) if is_asked_anew else (),
        before=tuple(answered(sample.output, title="The run's answer", name="base")),
        now=tuple(answered(tried.output, title="This try's answer", name="candidate")),
        facts=_facts(sample, tried),
        scores=tuple(
            (
                spec.key,
                score_view(spec, sample.scores.get(spec.key)),
                score_view(spec, tried.scores.get(spec.key)),
            )
            for spec in run.metrics
        ),
        case=_offer(run, sample, tried) if is_asked_anew else None,
    )


def _failed(form: FormData, error: SteelyardError) -> TriedPart:
    target = form.get("target")
    name = target if isinstance(target, str) and target else "the run's target"
    return TriedPart(target=name, changed="", asked=(), before=(), now=(), facts=(), scores=(), error=error)


def _changed_words(changes: Changes) -> str:
    words = []
    if changes.input is not None or changes.turns is not None:
        words.append("another question")
    if changes.system is not None:
        words.append("another system prompt" if changes.system else "no system prompt")
    words += [
        f"{name.replace('_', ' ')} {value:g}"
        for name in PARAMETERS
        if (value := (changes.parameters or {}).get(name)) is not None
    ]
    return ", ".join(words)


def _facts(sample: Sample, tried: Tried) -> tuple[tuple[str, str, str], ...]:
    then, now = dict(output_facts(sample.output)), dict(output_facts(tried.output))
    names = [name for name in dict.fromkeys([*then, *now]) if name != "Hash"]
    return tuple((name, then.get(name, "unknown"), now.get(name, "unknown")) for name in names)


def _offer(run: RunRecord, sample: Sample, tried: Tried) -> CaseOffer:
    question = {"input": tried.case.input, "turns": [dict(turn) for turn in tried.case.turns]}
    return CaseOffer(
        action=link(f"/runs/{part(run.id)}/sample/case", case=sample.case.id, epoch=sample.epoch),
        question=json.dumps(question, ensure_ascii=True),
        benchmark=run.benchmark.name,
        id=f"{sample.case.id[:_LONGEST_ID]}-2",
        expected=_expected_text(sample.case.expected),
    )


def _expected_text(expected: Json) -> str:
    if expected is None or isinstance(expected, str):
        return expected or ""
    return json.dumps(expected, ensure_ascii=False, indent=2)


def _make_case(site: Site, run: RunRecord, sample: Sample, given: Mapping[str, str]) -> Response:
    name = given.get("benchmark", "").strip()
    if not name:
        raise UsageError("the case needs a benchmark", where="benchmark", hint="Name one")
    bench.check_name(name)
    try:
        question = parse_json(given.get("question", ""))
    except ValueError:
        question = None
    if not isinstance(question, Mapping):
        raise UsageError("the question was lost on the way", where="question", hint="Try it again first")
    changed_case(sample.case, Changes())
    line = {**sample.case.as_json(), "id": given.get("id", "").strip()}
    for key in ("input", "turns"):
        if question.get(key):
            line[key] = question[key]
    line.pop("expected", None)
    expected = given.get("expected", "").replace("\r\n", "\n")
    if expected.strip():
        kept = same_text(expected, _expected_text(sample.case.expected))
        line["expected"] = sample.case.expected if kept else expected
    result = add_case(
        site.store,
        name,
        line,
        clock=site.clock,
        provenance=Provenance(
            source="run", reference=run.id, detail={"case": sample.case.id, "epoch": sample.epoch}
        ),
        message=f"Add {line['id']}, tried on a sample of {sample.case.id}",
    )
    goal = link(f"/benchmarks/{part(name)}/{result.version.version}/case", id=str(line["id"]))
    return RedirectResponse(goal, status_code=HTTPStatus.SEE_OTHER)
