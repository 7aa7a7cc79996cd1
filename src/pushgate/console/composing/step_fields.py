"""What follows where a message does not arrive, as people write it <-> its field. Pure."""

from collections.abc import Mapping, Sequence
from itertools import islice

from pushgate.console.composing.message_form import MAX_STEPS, StepForm


def write_steps(steps: Sequence[StepForm]) -> dict[str, object]:
    """Return the field of a message; nothing where no step has a time."""
    written = [{"after": step.after, "unless": step.unless, "to": step.to} for step in steps if step.after]
    return {"escalate": written} if written else {}


def read_steps(document: Mapping[str, object]) -> Sequence[StepForm]:
    """Return the steps of a message or of a draft."""
    written = document.get("escalate")
    if not isinstance(written, list):
        return ()
    found = (one for one in written if isinstance(one, Mapping))
    return tuple(_read(one) for one in islice(found, MAX_STEPS))


def _read(written: Mapping[str, object]) -> StepForm:
    after, unless, to = (written.get(name) for name in ("after", "unless", "to"))
    form = StepForm()
    return StepForm(
        after=after if isinstance(after, str) else "",
        unless=unless if isinstance(unless, str) else form.unless,
        to=to if isinstance(to, str) else form.to,
    )
