"""Published reliability data, items × raters; NaN is a missing rating."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_GONE = {".": "nan", "*": "nan"}


def matrix(*raters: str) -> Floats:
    """From one text of values for each rater."""
    rows = [[float(_GONE.get(word, word)) for word in rater.split()] for rater in raters]
    return np.array(rows, dtype=np.float64).T


def from_table(table: list[list[int]]) -> Floats:
    """Two raters from their contingency table."""
    counts = np.array(table)
    first, second = np.nonzero(counts)
    pairs = np.column_stack([first, second])
    return np.repeat(pairs, counts[first, second], axis=0).astype(np.float64)


def from_counts(counts: list[list[int]]) -> Floats:
    """Items × ratings from items × categories: who gave which is not known."""
    most = max(sum(row) for row in counts)
    rated = np.full((len(counts), most), np.nan)
    for item, row in enumerate(counts):
        values = np.repeat(np.arange(len(row)), row)
        rated[item, : values.size] = values
    return rated


# K. Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: 4 observers, 12 units.
KRIPPENDORFF = matrix(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# The same in K. Gwet (2014), p. 120, who gives the lone rating of unit 12 to rater 3 (`cac.raw4raters`).
GWET_4 = matrix(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . .",
    ". 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# The computational example of Wikipedia's article on Krippendorff's alpha: 3 coders, 15 units.
WIKIPEDIA = matrix(
    "* * * * * 3 4 1 2 1 1 3 3 * 3",
    "1 * 2 1 3 3 4 3 * * * * * * *",
    "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
)
# J. Fleiss (1971), 30 patients, 6 psychiatrists, sorted within patients as in R irr.
DIAGNOSES = matrix(
    "4 2 2 5 2 1 3 1 1 5 1 1 2 1 2 3 1 1 2 1 5 2 2 1 1 2 1 2 1 5",
    "4 2 3 5 2 1 3 1 1 5 4 2 2 4 2 3 1 1 2 3 5 4 2 1 4 2 1 2 3 5",
    "4 2 3 5 2 3 3 3 4 5 4 4 2 4 4 3 1 1 4 3 5 4 4 4 4 2 1 4 3 5",
    "4 5 3 5 4 3 3 3 4 5 4 4 3 4 4 3 4 1 4 5 5 4 5 4 4 2 1 4 3 5",
    "4 5 3 5 4 3 5 3 4 5 4 4 3 4 4 3 5 1 4 5 5 4 5 4 4 2 5 4 3 5",
    "4 5 5 5 4 3 5 4 4 5 4 4 3 4 5 5 5 2 4 5 5 4 5 4 5 4 5 4 3 5",
)
# Wikipedia's article on Fleiss' kappa: 10 items, 14 raters, 5 categories.
FLEISS_WIKIPEDIA = from_counts(
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip
# The kappa example of SAS/STAT's FREQ procedure, as in the tests of statsmodels.
SAS = from_table([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
# R irr, `anxiety`: 20 people, 3 raters, 1 to 6.
ANXIETY = matrix(
    "3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3",
    "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
    "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
)
# K. Gwet (2014): abstractors of 100 records; diagnoses of 223 patients.
ABSTRACTORS = from_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
GWET_DIAGNOSES = from_table([[40, 6, 4, 15], [4, 25, 1, 5], [4, 2, 21, 9], [17, 13, 12, 45]])
# K. Gwet (2014), after p. 125: 5 observers, 15 units (irrCAC `raw_5observers`).
OBSERVERS = matrix(
    "1 1 2 . 0 0 1 1 2 2 . 0 1 3 1",
    "1 1 3 0 0 0 0 . 2 1 1 0 2 3 1",
    "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1",
    ". 1 3 . . . . 0 . 1 0 0 2 2 .",
    "2 . . 0 0 0 1 . 2 . . . . 3 1",
)
# P. Shrout, J. Fleiss (1979), table 2.
SHROUT_FLEISS = matrix("9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7")
# Eight wines, four judges: pingouin's data set `icc`, from real-statistics.com.
WINES = matrix("1 1 3 6 6 7 8 9", "2 3 8 4 5 5 7 9", "0 3 1 3 5 6 7 9", "1 2 4 3 6 2 9 8")
# R DescTools, `KendallW`: three raters, six items.
RANKED = matrix("1 6 3 2 5 4", "1 5 6 2 4 3", "2 3 6 5 4 1")
# Feinstein and Cicchetti's paradox: 125 items, nearly all of one category.
PARADOX = from_table([[118, 5], [2, 0]])

# A. F. Hayes and K. Krippendorff (2007), Answering the call for a standard reliability measure for coding
# data, table 1: 5 observers, 40 news articles.
NEWS_TONE = matrix(
    "1 1 2 . 0 0 1 1 2 2 . 0 1 3 1 1 2 1 1 0 0 0 2 0 1 0 0 1 1 1 1 2 2 3 2 2 2 2 2 1",
    "1 1 3 0 0 0 0 . 2 1 1 0 2 3 1 1 1 2 1 0 0 0 3 0 2 1 0 2 1 1 1 1 2 2 2 2 2 2 2 1",
    "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1 1 2 3 0 0 1 . 3 0 . 1 0 1 2 2 0 2 . 2 2 3 2 . 2 1",
    ". 1 3 . . . . 0 . 1 0 0 2 2 . . . 3 1 . 1 0 3 0 2 1 1 2 2 . . 1 2 2 . . . 1 2 .",
    "2 . . 0 0 0 1 . 2 . . . . 3 1 1 2 . . 0 . 0 . . 2 . 0 . . 2 0 . 2 . 2 2 2 2 . 1",
)
