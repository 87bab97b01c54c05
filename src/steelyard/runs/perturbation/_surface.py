"""Perturbations of the surface: typing errors, letter case, spacing, look-alike letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.core import UsageError
from steelyard.runs.perturbation._dose import Dose
from steelyard.runs.perturbation._letters import open_places
from steelyard.runs.perturbation._perturbation import perturbation

_DIGITS = "1234567890"
_LAYOUTS: Mapping[str, Sequence[str]] = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "jcuken": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
}
_LOOKALIKES = dict(
    zip(
        "aceopxyijsABCEHIJKMOPSTX",
        "асеорхуіјѕАВСЕНІЈКМОРЅТХ",
        strict=True,
    )
)


def _neighbours(rows: Sequence[str]) -> dict[str, str]:
    """Key to the keys beside it; each row stands half a key to the right of the one above."""
    places = {key: (number, at) for number, row in enumerate(rows) for at, key in enumerate(row)}
    beside = ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0))
    keys = {place: key for key, place in places.items()}
    return {
        key: "".join(
            keys[number + down, at + right] for down, right in beside if (number + down, at + right) in keys
        )
        for key, (number, at) in places.items()
    }


_TABLES = {name: _neighbours(rows) for name, rows in _LAYOUTS.items()}
_DIGIT_TABLE = _neighbours((_DIGITS,))


@perturbation("typos")
def typos(
    text: str, dose: Dose, *, layout: str = "qwerty", edit: str = "neighbour", everything: bool = False
) -> str:
    """Letters hit beside their key, or swapped: `severity` is the share of letters that are mistyped.

    `edit=neighbour` hits a key beside, `swap` swaps two letters that stand side by side, `both` does one or
    the other. Layouts: qwerty, qwertz, azerty, jcuken. Numbers, code and addresses stay unless
    `everything=true`.
    Source of the kinds: Belinkov and Bisk 2018, "Synthetic and natural noise both break neural machine
    translation", section 3.2.
    """
    if layout not in _TABLES:
        raise UsageError(
            f"no keyboard layout '{layout[:40]}'", where="typos", hint=f"Layouts: {', '.join(_TABLES)}"
        )
    if edit not in ("neighbour", "swap", "both"):
        raise UsageError(f"no edit '{edit[:40]}'", where="typos", hint="Edits: neighbour, swap, both")
    table = {**_TABLES[layout], **_DIGIT_TABLE} if everything else _TABLES[layout]
    places = [
        at
        for at in open_places(text, everything=everything)
        if (text[at].isalpha() if edit == "swap" else text[at].lower() in table)
    ]
    return _mistyped(text, dose, places, edit, table)


def _mistyped(text: str, dose: Dose, places: list[int], edit: str, table: Mapping[str, str]) -> str:
    """The text with a share of `places` mistyped; what a lower dose changes, a higher one changes too."""
    rng = dose.rng()
    order, usable = list(places), set(places)
    rng.shuffle(order)
    wanted = dose.count(len(order))
    typed, done = list(text), set[int]()
    for at in order:
        if len(done) >= wanted:
            break
        if at in done:
            continue
        swap = edit == "swap" or (edit == "both" and rng.random() < 0.5)
        if swap and at + 1 in usable and at + 1 not in done and text[at].lower() != text[at + 1].lower():
            typed[at], typed[at + 1] = _as(text[at + 1], text[at]), _as(text[at], text[at + 1])
            done |= {at, at + 1}
        elif edit != "swap":
            typed[at] = _as(rng.choice(table[text[at].lower()]), text[at])
            done.add(at)
    return "".join(typed)


def _as(letter: str, pattern: str) -> str:
    """The letter in the case of another: a capital stays at its place."""
    shaped = letter.upper() if pattern.isupper() else letter.lower()
    return shaped if len(shaped) == 1 else letter


@perturbation("casing")
def casing(text: str, dose: Dose, *, style: str = "swap", everything: bool = False) -> str:
    """Letters in the other case: `severity` is the share of letters with two cases that is changed.

    `style=swap` changes any letter; `upper` and `lower` only those that are not so already.
    """
    if style not in ("swap", "upper", "lower"):
        raise UsageError(f"no style '{style[:40]}'", where="casing", hint="Styles: swap, upper, lower")

    def other(letter: str) -> str:
        return {"swap": letter.swapcase(), "upper": letter.upper(), "lower": letter.lower()}[style]

    places = [
        at
        for at in open_places(text, everything=everything)
        if other(text[at]) != text[at] and len(other(text[at])) == 1
    ]
    changed = list(text)
    for at in dose.choose(places, dose.rng()):
        changed[at] = other(text[at])
    return "".join(changed)


@perturbation("spacing")
def spacing(text: str, dose: Dose, *, edit: str = "both") -> str:
    """Blanks between words doubled or left out: `severity` is the share of blanks.

    `edit=double` and `edit=remove` do one of both. A blank is left out between letters only, so that no
    two numbers run together.
    """
    if edit not in ("both", "double", "remove"):
        raise UsageError(f"no edit '{edit[:40]}'", where="spacing", hint="Edits: both, double, remove")
    gaps = [at for at in open_places(text) if text[at] == " "]
    between = [at for at in gaps if 0 < at < len(text) - 1 and (text[at - 1] + text[at + 1]).isalpha()]
    rng = dose.rng()
    changed = list(text)
    for at in dose.choose(between if edit == "remove" else gaps, rng):
        remove = edit == "remove" or (rng.random() < 0.5 and edit == "both" and at in between)
        changed[at] = "" if remove else "  "
    return "".join(changed)


@perturbation("homoglyphs")
def homoglyphs(text: str, dose: Dose, *, everything: bool = False) -> str:
    """Latin letters replaced by Cyrillic ones that look the same: `severity` is the share of such letters.

    Source: Unicode Technical Standard 39, confusables.
    """
    places = [at for at in open_places(text, everything=everything) if text[at] in _LOOKALIKES]
    changed = list(text)
    for at in dose.choose(places, dose.rng()):
        changed[at] = _LOOKALIKES[text[at]]
    return "".join(changed)
