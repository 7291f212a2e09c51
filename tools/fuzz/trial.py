"""Tries one case, and finds out how little of it is needed for what was found."""

from collections import Counter
from collections.abc import Callable
from collective.smsauth.domain.policy import Policy
from dataclasses import replace
from tools.fuzz.acts import is_same_answer
from tools.fuzz.answer import Answer
from tools.fuzz.finding import Finding
from tools.fuzz.mutations import bent
from tools.fuzz.oracles import cause_of
from tools.fuzz.oracles import failed
from tools.fuzz.oracles import Fault
from tools.fuzz.oracles import faults
from tools.fuzz.oracles import is_ours
from tools.fuzz.plan import Case
from tools.fuzz.plan import Kind
from tools.fuzz.records import Change
from tools.fuzz.records import changes
from tools.fuzz.records import counted
from tools.fuzz.records import is_sweeping
from tools.fuzz.request import Request
from tools.fuzz.world import Shapes
from tools.fuzz.world import shapes_of
from tools.fuzz.world import World

#: Texts of one kind to one member in half an hour, as the site is set up, and to one number.
MOST_TEXTS, MOST_TESTS, MOST_OF_NUMBER, WINDOW = 5, 10, Policy().texts_per_number_total, 30 * 60
#: Texts for one client address in an hour.
MOST_OF_ADDRESS, HOUR = 20, 60 * 60
#: A page of Plone's own, to compare with.
STOCK = "@@search"
#: Equal findings are made smaller only so many times.
_ENOUGH = 3


class Figures(Counter):
    """How many requests, twins and answers of each class there were; and failures that are not ours."""


class Trial:
    """Tries cases one after the other."""

    def __init__(self, world: World) -> None:
        self._world, self._site = world, world.site
        self.figures = Figures()
        self.not_ours: Counter[str] = Counter()
        self._seen: Counter[tuple] = Counter()

    def run(self, case: Case) -> list[Finding]:
        """Return what a case finds."""
        found = self._faults(case)
        return [self._told(case, fault) for fault in found]

    def _faults(self, case: Case) -> list[Fault]:
        if case.kind is Kind.TWIN:
            return self._twin(case)
        if case.kind is Kind.SERIES:
            return self._series(case)
        return self._send(case, case.bent())[2]

    def _told(self, case: Case, fault: Fault) -> Finding:
        self._seen[fault.kind, fault.cause] += 1
        if self._seen[fault.kind, fault.cause] <= _ENOUGH:
            case = self._smallest(case, lambda one: any(_is_same(other, fault) for other in self._faults(one)))
            if fault.kind == "500" and self._breaks_plone(case):
                fault = replace(fault, detail=f"{fault.detail}; {STOCK} of Plone answers 500 as well")
        steps = [f"after {wait} s: {', '.join(map(str, how)) or 'nothing bent'}" for wait, how in case.steps]
        return Finding(
            kind=fault.kind,
            where=case.view,
            cause=fault.cause,
            number=case.number,
            sender=case.sender.name,
            bends=(*map(str, case.mutations), *steps),
            request=case.bent().told(),
            detail=fault.detail,
            more=fault.more,
        )

    def _breaks_plone(self, case: Case) -> bool:
        answer = self._site.send(bent(replace(case.request, path=f"/plone/{STOCK}"), case.mutations))
        self._site.put_back()
        return answer.status == 500

    def _smallest(self, case: Case, still: Callable[[Case], bool]) -> Case:
        figures, self.figures = self.figures, Figures()
        not_ours, self.not_ours = self.not_ours, Counter()
        for mutation in case.chances:
            less = case.without(mutation)
            if still(less):
                case = less
        self.figures, self.not_ours = figures, not_ours
        return case

    def _send(self, case: Case, request: Request) -> tuple[Answer, frozenset[Change], list[Fault]]:
        answer = self._ask(request)
        before, after, now = self._world.facts, self._site.facts(), self._site.clock.time
        found = frozenset(one for one in changes(before, after) if not is_sweeping(one, before, after, now))
        self._site.put_back()
        licence: tuple[Shapes, int] = frozenset(), 0
        if found or answer.texts:
            texts = len(answer.texts)
            licence = self._world.licence(request, case.sender, case.view, shapes_of(found), texts)
        return answer, found, list(faults(answer, found, licence))

    def _ask(self, request: Request) -> Answer:
        answer = self._site.send(request)
        self.figures["requests"] += 1
        self.figures[f"{answer.status // 100}xx"] += 1
        if answer.status == 500 and not is_ours(answer):
            self.not_ours[cause_of(answer)] += 1
        return answer

    def _twin(self, case: Case) -> list[Fault]:
        """Send a wrong answer; if it is not counted, nobody may be able to tell it from the right one."""
        self.figures["twins"] += 1
        wrong, right = (bent(case.act.as_sent(wrongly=wrongly), case.mutations) for wrongly in (True, False))
        if any(name == case.act.secret and is_same_answer(value, case.act.right) for name, value in wrong.form):
            # a mutation of the answer itself made the wrong one right
            return self._send(case, wrong)[2]
        answer, found, seen = self._send(case, wrong)
        expected = self._world.trace(case.act, wrongly=True).counters
        undue = [str(change) for change in sorted(found) if not change.is_of_failure]
        if undue and not case.mutations:
            # what a wrong answer does unbent is the measure for bent ones, so it is measured itself
            seen.append(
                Fault(kind="changed record", cause=f"by a wrong answer: {', '.join(undue[:6])}", detail=str(answer))
            )
        counts = counted(found)
        if counts >= expected and counts:
            return seen
        other, found_then, more = self._send(case, right)
        seen += [fault for fault in more if not any(_is_same(fault, one) for one in seen)]
        if shapes_of(found_then) - shapes_of(found) or self._differ(case, wrong, answer, other):
            lost = ", ".join(sorted((expected or {"anything"}) - counts))
            how = f"500, {cause_of(answer)}" if answer.status == 500 else f"{answer.status}, and it is not stored"
            detail = f"the wrong answer: {answer}; lost: {lost}\nthe right one: {other}"
            seen.append(Fault(kind="uncounted answer", cause=how, detail=detail))
        return seen

    def _differ(self, case: Case, wrong: Request, answer: Answer, other: Answer) -> bool:
        if answer.told == other.told:
            return False
        # unless two wrong answers differ as well
        again = self._ask(wrong)
        self._site.put_back()
        return again.told == answer.told

    def _series(self, case: Case) -> list[Fault]:
        """Send the same again and again, while time passes."""
        times: list[tuple[float, str]] = []
        seen: list[Fault] = []
        for wait, mutations in case.steps:
            self._site.clock.advance(wait)
            answer = self._ask(bent(case.request, mutations))
            if answer.status == 500 and is_ours(answer):
                seen.append(failed(answer))
            times += [(self._site.clock.time, to) for to in answer.texts]
        self._site.put_back()
        # one number that many members ask for has its own limit, and so has the button that tries a gateway out
        by_view = MOST_TESTS if case.view == "smsauth-controlpanel" else MOST_TEXTS
        most = MOST_OF_NUMBER if case.is_crowd else by_view
        for moment, to in times:
            if sum(other == to and moment <= time < moment + WINDOW for time, other in times) > most:
                return [
                    *seen,
                    Fault(kind="text beyond limits", cause=f"more than {most} to one number in half an hour"),
                ]
            if sum(moment <= time < moment + HOUR for time, _ in times) > MOST_OF_ADDRESS:
                return [
                    *seen,
                    Fault(kind="text beyond limits", cause=f"more than {MOST_OF_ADDRESS} for one address in an hour"),
                ]
        return seen


def _is_same(one: Fault, other: Fault) -> bool:
    return (one.kind, one.cause) == (other.kind, other.cause)
