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
def typos(text: str, dose: Dose, *, layout: str = "qwerty", everything: bool = False) -> str:
    """Letters hit beside their key: `severity` is the share of letters on the keyboard that are mistyped.

    Layouts: qwerty, qwertz, azerty, jcuken. Numbers, code and addresses stay unless `everything=true`.
    Source of the kind: Belinkov and Bisk 2018, "Synthetic and natural noise both break neural machine
    translation", section 3.2.
    """
    if layout not in _TABLES:
        raise UsageError(
            f"no keyboard layout '{layout[:40]}'", where="typos", hint=f"Layouts: {', '.join(_TABLES)}"
        )
    table = {**_TABLES[layout], **_DIGIT_TABLE} if everything else _TABLES[layout]
    places = [at for at in open_places(text, everything=everything) if text[at].lower() in table]
    rng = dose.rng()
    typed = list(text)
    for at in dose.choose(places, rng):
        hit = rng.choice(table[text[at].lower()])
        typed[at] = hit.upper() if text[at].isupper() else hit
    return "".join(typed)


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
