"""Twins for the contamination gap: the same case about people of other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import regex

from steelyard.core import Case, Message
from steelyard.runs.perturbation._asked import map_texts
from steelyard.runs.perturbation._dose import Dose
from steelyard.runs.perturbation._perturbation import perturbation

# First names that are no words, places or months, and hardly surnames.
_HERS_LISTED = (
    "Adriana Agnes Alice Alicia Alyssa Amanda Amelia Andrea Angela Anita Anna Annie Ariana Audrey Barbara "
    "Beatrice Bella Bethany Betty Brenda Brianna Bridget Camila Candice Carla Carmen Caroline Cassandra "
    "Catherine Cecilia Cindy Claire Clara Claudia Cynthia Daniela Danielle Deborah Denise Diana Donna "
    "Doris Dorothy Edith Elaine Eleanor Elena Elisa Elizabeth Ella Ellen Emily Emma Erica Erin Esther "
    "Evelyn Fatima Fiona Frances Gabriela Gina Gloria Greta Gwen Hannah Heather Heidi Helen Helga Ingrid "
    "Irene Isabel Isabella Jacqueline Jana Janet Janice Jasmine Jenna Jennifer Jessica Jill Joan Joanna "
    "Jocelyn Josephine Judith Judy Julia Juliana Julie Karen Karla Katherine Kathleen Katie Kayla Kelly "
    "Kristen Kylie Laura Lauren Leah Lena Leslie Linda Lisa Louise Lucia Lucy Lydia Maggie Marcia "
    "Margaret Maria Mariana Marie Marina Marissa Marla Martha Mary Megan Melanie Melissa Mia Michelle "
    "Mila Miranda Molly Monica Nadia Nancy Naomi Natalia Natalie Nicole Nina Nora Olga Olivia Paige "
    "Pamela Patricia Paula Phoebe Rachel Rebecca Regina Renee Rita Roberta Rosa Roxanne Sabrina Samantha "
    "Sandra Sara Sarah Selena Sharon Shirley Sofia Sonia Sophia Stacy Stella Stephanie Susan Suzanne "
    "Sylvia Tamara Tanya Tara Teresa Theresa Tina Tracy Ursula Valerie Vanessa Vera Vivian Wendy Yolanda "
    "Yvonne Zoe"
)
_HIS_LISTED = (
    "Aaron Abel Adam Adrian Ahmed Alan Albert Alec Alejandro Alex Alexander Alfred Ali Allan Andre Andrew "
    "Andy Anthony Antonio Arnold Arthur Barry Ben Benjamin Bernard Bernie Bobby Boris Brad Brandon "
    "Brendan Brian Bruce Bruno Bryan Caleb Calvin Cameron Carl Carlos Cedric Cesar Charles Charlie Chris "
    "Christopher Colin Connor Craig Damian Daniel Danny Darius Darren Dave David Dennis Derek Diego "
    "Dominic Donald Doug Douglas Dylan Eddie Edgar Eduardo Edward Elias Elliot Emilio Emmanuel Enrique "
    "Eric Erik Ethan Eugene Evan Fabian Felipe Felix Fernando Fred Freddy Frederick Gabriel Gary Geoffrey "
    "George Gerald Gilbert Greg Gregory Gustav Harold Harry Harvey Hector Henry Herbert Howard Hugo Ian "
    "Igor Isaac Ivan Jacob Jake Jamal James Jared Jason Javier Jeff Jeffrey Jeremy Jerome Jerry Jesse Jim "
    "Jimmy Joe Joel Joey John Johnny Jonathan Jorge Jose Joseph Josh Joshua Juan Julian Julio Justin Karl "
    "Keith Ken Kenneth Kevin Kyle Larry Leo Leon Leonard Leonardo Liam Logan Lorenzo Louis Luca Lucas "
    "Luis Luke Malcolm Manuel Marco Marcus Mario Martin Marvin Mateo Matt Matthew Maurice Michael Miguel "
    "Mike Mohammed Nathan Neil Nicholas Nikolai Noah Oliver Omar Oscar Otto Owen Pablo Patrick Paul Pedro "
    "Phil Philip Rafael Ralph Ramon Randy Raul Raymond Ricardo Richard Rick Ricky Robert Roberto Roger "
    "Roland Ron Ronald Ross Roy Russell Ryan Sam Samuel Santiago Scott Sean Sergio Seth Simon Stanley "
    "Stefan Stephen Steve Steven Stuart Ted Terrence Terry Theo Theodore Thomas Tim Timothy Toby Todd Tom "
    "Tommy Tony Travis Trevor Tyler Vernon Vincent Vladimir Walter Wayne Wesley William Xavier Zachary"
)
_HERS, _HIS = tuple(_HERS_LISTED.split()), tuple(_HIS_LISTED.split())
_KIND = {**dict.fromkeys(_HERS, "hers"), **dict.fromkeys(_HIS, "his")}
_LISTS: Mapping[str, tuple[str, ...]] = {"hers": _HERS, "his": _HIS}
_NAME = regex.compile(r"(?<![\p{L}\p{M}\p{N}_])\p{Lu}\p{Ll}+(?![\p{L}\p{M}\p{N}_])")
_SURNAME = regex.compile(r"[ \u00a0](?:\p{Lu}[\p{Ll}.]|(?:van|von|de|da|bin|al)\b)")


@perturbation("twin", part="case")
def twin(case: Case, dose: Dose) -> Case | None:
    """Other first names for the people of a case, everywhere in it: question, context, turns, expectation.

    `severity` is the share of names that change. Left out are cases without a known first name, and those
    where one stands before a surname: who is famous cannot be renamed without changing the facts.
    """
    texts: list[str] = []

    def collect(text: str) -> str:
        texts.append(text)
        return text

    map_texts([case.input, case.expected, list(case.context), [dict(turn) for turn in case.turns]], collect)
    whole = "\n".join(texts)
    names: dict[str, None] = {}
    for found in _NAME.finditer(whole):
        if found[0] in _KIND:
            if _SURNAME.match(whole, found.end()):
                return None
            names[found[0]] = None
    if not names:
        return None
    return _renamed(case, _others(list(names), whole, dose))


def _others(names: list[str], whole: str, dose: Dose) -> dict[str, str]:
    rng = dose.rng()
    free = {
        kind: rng.sample(unused, len(unused))
        for kind, listed in _LISTS.items()
        for unused in [[name for name in listed if name not in whole]]
    }
    return {name: free[_KIND[name]].pop() for name in dose.choose(names, rng) if free[_KIND[name]]}


def _renamed(case: Case, other: Mapping[str, str]) -> Case:
    def rename(text: str) -> str:
        return _NAME.sub(lambda found: other.get(found[0], found[0]), text)

    return replace(
        case,
        input=map_texts(case.input, rename),
        expected=map_texts(case.expected, rename),
        context=tuple(map(rename, case.context)),
        turns=cast("tuple[Message, ...]", tuple(map_texts(dict(turn), rename) for turn in case.turns)),
    )
