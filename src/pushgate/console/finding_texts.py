"""What a diagnosis found, as a reader's language has it."""

from collections.abc import Mapping

from pushgate.console.catalogues import Language
from pushgate.console.marking import N_
from pushgate.console.problem_texts import PROBLEM_TEXTS
from pushgate.console.words import Words
from pushgate_client.types import Finding

_TEXTS: Mapping[str, tuple[str, str]] = {
    "unknown_terminal": (
        N_("No phone with this id is registered, and none was among those that left lately."),
        N_("See that the id is spelled as it was registered, and that the app registers its phone."),
    ),
    "former_terminal": (
        N_("The phone was registered until a while ago."),
        N_("Nothing, if the app was uninstalled; else open the app, so that it registers again."),
    ),
    "token_taken_over": (
        N_("Another phone has registered the same push token since."),
        N_("See that the app keeps its phone id when it is opened again."),
    ),
    "vendor_not_configured": (
        N_("The app has no settings for the phone’s vendor."),
        N_("Add the vendor to the app."),
    ),
    "token_rejected": (
        N_("The vendor called the push token dead."),
        N_("Open the app on the phone, so that it registers again with a new push token."),
    ),
    "wrong_environment": (
        N_("The vendor calls the push token dead, and the phone is kept: so many at once are not believed."),
        N_("See that the credentials and the environment are those of the build that registered the token."),
    ),
    "push_failed": (N_("The last push failed."), N_("The last push below says why.")),
    "expired_unsent": (
        N_("The last push expired before the vendor took it."),
        N_("The last push below says why."),
    ),
    "muted": (
        N_("Pushes arrive, and nothing is shown: the user turned the app’s notifications off."),
        N_("Only the user can turn them on, in the settings of the phone. Ask inside the app."),
    ),
    "gone": (
        N_("The vendor reported after a push that the push token is dead."),
        N_("Open the app on the phone, so that it registers again with a new push token."),
    ),
    "no_receipts": (
        N_("The vendor took the last pushes, and nothing was reported of any of them."),
        N_("See that the phone is online, and that receipts are set up."),
    ),
    "silent": (
        N_("Nothing was heard of the phone for a long time."),
        N_("The app may be uninstalled. Erase the phone, or wait until the app is opened."),
    ),
    "never_targeted": (
        N_("No message that is still known was for this phone."),
        N_("See that the audience holds the phone: its user, tags and language."),
    ),
    "vendor_accepts": (
        N_("The vendor was asked now, and would take a push to this phone."),
        N_("See the phone: its network, battery saving, and the app’s notifications."),
    ),
    "vendor_silent": (N_("The vendor was asked, and has not answered yet."), N_("Look again later.")),
    "vendor_has_no_check": (
        N_("The vendor cannot check a push token without a push."),
        N_("Send a test, and see what becomes of it."),
    ),
    "no_fault_found": (
        N_("Nothing wrong was found."),
        N_("If pushes do not appear, see the phone: its network, battery saving, and notifications."),
    ),
}
_WELL = frozenset({"no_fault_found", "vendor_accepts", "vendor_silent", "vendor_has_no_check"})


def say_finding(finding: Finding, words: Words, language: Language) -> tuple[str, str]:
    """Return a finding and its remedy in the reader's words. English ones are the API's own, which
    name codes and times.
    """
    if finding["code"] in _TEXTS and language != "en":
        title, remedy = _TEXTS[finding["code"]]
        return words._(title), words._(remedy)
    return finding["message"], finding["remedy"]


def severity(finding: Finding) -> str:
    """Return how much a finding matters: `well`, `slow` or `wrong`."""
    code = finding["code"]
    if code in _WELL:
        return "well"
    if code in PROBLEM_TEXTS:
        return PROBLEM_TEXTS[code].severity.value
    return "slow" if code in ("muted", "silent", "never_targeted", "no_receipts") else "wrong"
