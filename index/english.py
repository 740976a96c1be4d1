"""English words that several modules need: months, weekdays, titles of people, and stop words."""

from __future__ import annotations

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
"""A pattern for the name of a month in lower case, in full or short, with the full stop of the short form."""

MONTH_ABBREVIATIONS = frozenset("jan feb mar apr jun jul aug sept sep oct nov dec".split())
WEEKDAY_ABBREVIATIONS = frozenset("mon tue tues wed thu thur thurs fri sat sun".split())

HONORIFICS = frozenset("mr mrs ms dr sir".split())
OFFICES = frozenset(
    """
    ambassador chairman chancellor chief deputy foreign general governor mayor minister president prime professor
    secretary senator
    """.split()
)
"""Words for what somebody does that stand before a name."""

STOP_WORDS = frozenset(
    """
    a about am an and are as at be been being but by can could d did do does for from had has have he her his
    how i if in into is it its ll m may me might must my no not of on or our re s she should so such t than that
    the their them then there these they this those to ve was we were what when where which who whom whose why
    will with would you your
    """.split()
)
"""Words that say so little that searching passes over them."""


def month_number(name: str) -> int:
    """Return 1 for "January", "jan" and "Jan."."""
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))
