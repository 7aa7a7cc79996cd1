"""What each push type of HarmonyOS takes: options, classes of message, tokens per request. Pure.

Source: docs/reference/vendors/harmony.md#options
"""

from pushgate.adapters.contract import Push
from pushgate.adapters.harmony.options import (
    DISPLAY_OPTIONS,
    DOCUMENTED_CLASSES,
    HarmonyOptions,
    PushType,
)
from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.push_kit_classes import PLAY_VOICE
from pushgate.adapters.vendor_options import parse_options
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode

NOTIFICATION_TYPES = frozenset[PushType](["alert", "voice"])
"""Push types that show a notification, which can replace another one and be recalled."""
MAX_TOKENS = 1000  # docs/reference/vendors/harmony.md#limits
MAX_TEST_TOKENS = 10  # docs/reference/vendors/harmony.md#limits
MAX_FORM_TOKENS = 1  # docs/reference/vendors/harmony.md#limits


def options_of(push: Push, settings: HarmonySettings) -> HarmonyOptions:
    """Return the push's options for HarmonyOS.

    Raises PayloadRejected for options that contradict each other or have no effect in this push.
    """
    options = parse_options(push, "harmony", HarmonyOptions, settings.message_classes())
    settings.require_known_class(options.category, DOCUMENTED_CLASSES | {settings.category}, "harmony")
    push_type = push_type_of(push, options)
    if push_type not in NOTIFICATION_TYPES:
        require_no_options(push, "harmony", [*sorted(DISPLAY_OPTIONS), "category"], f"a {push_type} push")
    if push_type != "background":
        require_no_options(push, "harmony", ["proxy_data"], f"a {push_type} push")
    _require_class_of_type(push, options, push_type)
    return options


def push_type_of(push: Push, options: HarmonyOptions) -> PushType:
    """Return the push type. Raises PayloadRejected for a silent push of a type that is shown."""
    if push.options.silent and options.push_type not in ("alert", "background"):
        reason = f"{options.push_type} is not for silent pushes"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.harmony.push_type", reason)
    return "background" if push.options.silent else options.push_type


def max_tokens(push: Push, options: HarmonyOptions) -> int:
    """Return the maximum number of tokens in one request."""
    if push_type_of(push, options) == "form":  # a card is on one device
        return MAX_FORM_TOKENS
    return MAX_TEST_TOKENS if options.test_message else MAX_TOKENS


def refusal_class(push: Push, options: HarmonyOptions, default_class: str) -> str:
    """Return the name under which a refusal of this kind of push is remembered.

    Permissions and quotas depend on the push type, the class or the event, and on whether the
    message is a test.
    """
    live_view = options.live_view
    kind = live_view.event if live_view else options.category or default_class
    test = ["test"] if options.test_message else []
    return " ".join([push_type_of(push, options), kind, *test])


def _require_class_of_type(push: Push, options: HarmonyOptions, push_type: PushType) -> None:
    """Refuse a voice push of another class than PLAY_VOICE, and that class in an alert."""
    if options.category == PLAY_VOICE and push_type == "alert":
        reason = "PLAY_VOICE goes with push_type voice"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.harmony.category", reason)
    written = push.options.vendors.get("harmony", {}).get("category")
    if push_type == "voice" and written not in (None, PLAY_VOICE):
        reason = "is PLAY_VOICE where push_type is voice"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.harmony.category", reason)
