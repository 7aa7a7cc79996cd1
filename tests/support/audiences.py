"""Audience expressions for property tests."""

from datetime import date

from hypothesis import strategies as st

from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    Everyone,
    HadOutcome,
    HasAttribute,
    HasTag,
    InLanguage,
    InTimezone,
    Not,
    OfAppVersion,
    OfVendor,
    OnePerUser,
    OutcomeTerm,
    Registered,
    Sample,
    Saved,
    Seen,
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8)
names = st.text("abc09._-", min_size=1, max_size=8)
message_ids = st.text("0123456789abcdef", min_size=30, max_size=30)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
bounds = st.one_of(
    st.tuples(days, st.none()),
    st.tuples(st.none(), days),
    st.tuples(days, days).filter(lambda both: both[0] > both[1]),
)
values = (
    texts
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer())
)
leaves: st.SearchStrategy[Audience] = st.one_of(
    st.just(Everyone()),
    st.builds(ByTerminal, st.lists(names, min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(ByUser, st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(HasTag, texts),
    st.builds(InLanguage, st.sampled_from(["zh", "zh-Hans", "pt-BR"])),
    st.builds(OfVendor, st.sampled_from(["apns", "fcm"])),
    st.builds(InTimezone, st.sampled_from(["Asia/Shanghai", "UTC"])),
    bounds.map(lambda both: Registered(*both)),
    bounds.map(lambda both: Seen(*both)),
    st.builds(OfAppVersion, texts.filter(lambda text: text == text.strip())),
    st.builds(
        HasAttribute,
        st.sampled_from(["plan", "age_1", "a.b-c"]),
        st.lists(values, min_size=1, max_size=3, unique_by=lambda value: (type(value), value)).map(tuple),
    ),
    st.builds(HadOutcome, st.sampled_from(OutcomeTerm), message_ids),
)


def _deeper(parts: st.SearchStrategy[Audience]) -> st.SearchStrategy[Audience]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    shares = st.floats(0, 1, exclude_min=True)
    return st.one_of(
        st.builds(AllOf, several),
        st.builds(AnyOf, several),
        st.builds(Not, parts),
        st.builds(Sample, shares, st.none() | texts, parts),
        st.builds(OnePerUser, parts),
    )


expressions = st.recursive(leaves, _deeper, max_leaves=8)
"""Expressions without saved audiences."""
naming_expressions = st.recursive(leaves | st.builds(Saved, names), _deeper, max_leaves=6)
"""Expressions that may name saved audiences."""
