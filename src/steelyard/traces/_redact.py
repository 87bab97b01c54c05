"""Personal data and secrets in texts: patterns, and what replaces their matches."""

from __future__ import annotations

import re
from collections.abc import Callable

Redaction = Callable[[str], str]
"""Takes a text and returns what may be kept of it."""

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_KEY = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|AIza[A-Za-z0-9_-]{35}|hf_[A-Za-z0-9]{30,})"
)
_KEY_STARTS = ("sk-", "sk_", "gh", "xox", "AKIA", "ASIA", "AIza", "hf_")
# What begins like a token is taken whole, token or not: looked at again from each beginning inside of it, a
# long row of them would take the square of its length.
_TOKEN = re.compile(
    r"\beyJ[A-Za-z0-9_-]{10,}+(\.eyJ[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+)?",
)
_BEARER = re.compile(r"\b([Bb]earer\s+)[A-Za-z0-9._~+/-]{16,}=*")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_PHONE = re.compile(
    r"(?<![\w.+])(?:(?:\+|00)[1-9](?:[ ./-]?\(?\d\)?){7,16}"
    r"|\(0?\d{2,5}\) ?\d(?:[ /-]?\d){5,9}"
    r"|0\d{2,4}[ /-]\d(?:[ /-]?\d){5,9}"
    r"|\d{3}[-. ]\d{3}[-. ]\d{4})(?![\w])"
)
_TWO_DIGITS = re.compile(r"\d[ ./()-]*\d")
_DIGITS = re.compile(r"\d{4}[ -]?\d")


def redact_personal(text: str) -> str:
    """Replace e-mail addresses, access keys and card numbers by `[email]`, `[key]` and `[card]`."""
    return redact_cards(redact_keys(redact_emails(text)))


def redact_emails(text: str) -> str:
    """Replace e-mail addresses by `[email]`."""
    return _EMAIL.sub("[email]", text) if "@" in text else text


def redact_keys(text: str) -> str:
    """Replace access keys by `[key]`: known by the prefixes that their issuers publish."""
    if "eyJ" in text:
        text = _TOKEN.sub(lambda found: "[key]" if found.group(1) else found.group(), text)
    if any(start in text for start in _KEY_STARTS):
        text = _KEY.sub("[key]", text)
    return _BEARER.sub(r"\1[key]", text) if "earer" in text else text


def redact_cards(text: str) -> str:
    """Replace card numbers by `[card]`.

    A card number is 13 to 19 digits, perhaps in groups, whose check digit is right (Luhn, ISO/IEC 7812-1).
    """
    return text if _DIGITS.search(text) is None else _CARD.sub(_card, text)


def redact_phones(text: str) -> str:
    """Replace telephone numbers by `[phone]`.

    Numbers with a country code (`+` or `00`, 8 to 15 digits, ITU-T E.164), with an area code in brackets,
    or in groups that begin with 0 or are those of North America. Other rows of digits are left: too many
    of them are no telephone.
    """
    return text if _TWO_DIGITS.search(text) is None else _PHONE.sub(_phone, text)


def _phone(match: re.Match[str]) -> str:
    digits = sum(char.isdigit() for char in match.group())
    return "[phone]" if 8 <= digits <= 17 else match.group()


def _card(match: re.Match[str]) -> str:
    digits = [int(char) for char in match.group() if char.isdigit()]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return "[card]" if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else match.group()
