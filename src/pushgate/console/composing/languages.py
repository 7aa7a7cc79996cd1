"""Languages of phones and of contents: who gets which. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pushgate.content.language import best_match, normalize
from pushgate_client.types import GroupCount


def groups_by_content(
    groups: Iterable[GroupCount], languages: Sequence[str], fallback: str
) -> Mapping[str, Sequence[GroupCount]]:
    """Return the phones that get each content. Contents whose tag is no language get nobody."""
    known = [tag for tag in languages if find_tag(tag)]
    found: dict[str, list[GroupCount]] = {tag: [] for tag in known}
    for group in groups if known else ():
        default = fallback if fallback in known else known[0]
        found[best_match(group["language"], known, default)].append(group)
    return found


def count_by_content(groups: Iterable[GroupCount], languages: Sequence[str], fallback: str) -> Counter[str]:
    """Return how many phones get each content."""
    by_content = groups_by_content(groups, languages, fallback)
    return Counter({tag: sum(group["count"] for group in found) for tag, found in by_content.items()})


def without_own_content(groups: Iterable[GroupCount], languages: Sequence[str]) -> Counter[str]:
    """Return the phones by language that none of the contents is written in, most phones first."""
    own = {tag.partition("-")[0] for tag in languages}
    found = Counter[str]()
    for group in groups:
        if group["language"].partition("-")[0] not in own:
            found[group["language"]] += group["count"]
    return found


def spoken_by(groups: Iterable[GroupCount]) -> Sequence[str]:
    """Return the languages of phones for contents, those of most phones first: without their
    regions, each once.
    """
    found = Counter[str]()
    for group in groups:
        if tag := _for_content(group["language"]):
            found[tag] += group["count"]
    return [tag for tag, _ in found.most_common()]


def find_tag(written: str) -> str | None:
    """Return the standard form of a language tag; None for another text."""
    try:
        return normalize(written.strip())
    except ValueError:
        return None


def _for_content(tag: str) -> str | None:
    """Return the language of a group with its script, without its region."""
    if tag == "und":
        return None
    parts = tag.split("-")
    if parts[0] == "zh" and len(parts) == 1:
        return "zh-Hans"
    return "-".join(part for part in parts if (len(part) in (2, 3) and part.islower()) or len(part) == 4)
