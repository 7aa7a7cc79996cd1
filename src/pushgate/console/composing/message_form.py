"""A message as people write it: texts, and nothing checked. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.option_fields import WrittenOption

Pair = tuple[str, str]

MAX_LANGUAGES = 100
"""Contents of a message, as the API takes them."""
MAX_STEPS = 3
"""Steps of a message that is escalated, as the API takes them."""
TEXT_OPTIONS = ("priority", "delivery", "on_too_long", "category", "collapse_key", "spread", "quiet_hours")
MEASURES = ("rejected", "invalid", "gone", "muted", "clicks_below")
"""What a canary has limits on."""
SWITCH_OPTIONS = ("silent", "clear_on_click", "require_audience", "dry_run")
DEFAULT_OPTIONS: Mapping[str, object] = {
    "ttl": 86_400,
    "priority": "normal",
    "delivery": "at_least_once",
    "on_too_long": "reject",
    "silent": False,
    "clear_on_click": False,
    "require_audience": False,
    "dry_run": False,
}
"""What the API takes for an option that a message leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentForm:
    """What is shown in one language, what a click opens, and data for the app."""

    title: str = ""
    body: str = ""
    url: str = ""
    image: str = ""
    data: Sequence[Pair] = ()

    @property
    def extras(self) -> "ContentForm":
        """The content without its title and body."""
        return replace(self, title="", body="")


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentForm:
    """When it is sent: now, at a day and a time of a zone, or in each phone's best hour.

    `passed` is what becomes of zones in which a time of each phone's own zone is past, empty to
    send at once. `within` is the number of hours of which the best is taken, empty for another
    moment, and `fallback` the time of day for phones of which no click is known.
    """

    is_now: bool = True
    day: str = ""
    clock: str = ""
    zone: str = "UTC"
    passed: str = ""
    within: str = ""
    fallback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateForm:
    """The stored template that a message names; its name is empty where the message has texts of
    its own. `version` is empty for the latest.

    `shown` is the version whose texts the form has, 0 where they were not read, and `versions` has
    those that are kept, the newest first.
    """

    name: str = ""
    version: str = ""
    shown: int = 0
    versions: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalForm:
    """Whether placeholders are filled in, what they show beside attributes, and what a terminal
    gets that lacks a value: by language, title and body; nothing where `has_fallback` is false.

    `fallback_template` is the name of a stored template in place of these texts, with `@` and its
    version where one is named. `values` are lines `name = value`. `user_values` is JSON by user,
    which a copied message may bring.
    """

    is_on: bool = False
    has_fallback: bool = False
    fallback: Mapping[str, Pair] = field(default_factory=dict)
    fallback_template: str = ""
    values: str = ""
    user_values: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantsForm:
    """Another text that is compared with the message's own: title and body by language, its share
    and what is held out, in per cent.

    `winner_after` is how long the rest waits for the better one, empty where there is no rest. Each
    of the two then has the share. `json` holds variants that differ in more than their texts.
    """

    texts: Mapping[str, Pair] = field(default_factory=dict)
    share: str = "50"
    holdout: str = ""
    winner_after: str = ""
    by_user: bool = False
    json: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm:
    """What follows where the message does not arrive: how long after its push time, unless what was
    reported, and to whom; no step where `after` is empty.
    """

    after: str = ""
    unless: str = "delivered"
    to: str = "next_terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryForm:
    """A share, in per cent, that gets the message first, for how long it is watched, and limits by
    measure.
    """

    share: str = ""
    wait: str = ""
    hold_if: Mapping[str, str] = field(default_factory=dict)
    slower_if: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForm:
    """A message that is being written.

    `contents` is by language, in the order of the tabs. Where `by_language` is false, all languages
    have the click target, picture and data of the first one. `options` holds the fields of
    `options` as texts, by name, but for vendors' own. With a template, `contents` are its texts.
    """

    contents: Mapping[str, ContentForm]
    fallback: str
    by_language: bool = False
    audience: AudienceForm = field(default_factory=AudienceForm)
    moment: MomentForm = field(default_factory=MomentForm)
    options: Mapping[str, str] = field(default_factory=dict)
    vendor_options: Sequence[WrittenOption] = ()
    personal: PersonalForm = field(default_factory=PersonalForm)
    variants: VariantsForm = field(default_factory=VariantsForm)
    canary: CanaryForm = field(default_factory=CanaryForm)
    template: TemplateForm = field(default_factory=TemplateForm)
    steps: Sequence[StepForm] = ()

    @property
    def fills_placeholders(self) -> bool:
        """Whether placeholders are filled in; those of a template always are."""
        return self.personal.is_on or bool(self.template.name)

    @property
    def as_shown(self) -> "MessageForm":
        """The form with the version of its template whose texts are shown, not with the latest."""
        if not self.template.shown:
            return self
        return replace(self, template=replace(self.template, version=str(self.template.shown)))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages, in the order of their tabs."""
        return tuple(self.contents)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written yet in any language."""
        return not any(content.title or content.body for content in self.contents.values())
