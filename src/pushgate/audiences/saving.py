"""Checks whether an audience may be saved, given the app's other saved audiences. Pure."""

from pushgate.audiences.limits import MAX_SAVED, MAX_SAVED_IDS
from pushgate.audiences.naming import naming_nodes
from pushgate.audiences.shapes import Shape, Shapes, dependants, excess_of, expanded, reaches, shape_of
from pushgate.domain.audience import Audience, Saved
from pushgate.domain.errors import FieldError


def find_errors(name: str, audience: Audience, field: str, shapes: Shapes) -> list[FieldError]:
    """Return the errors of an audience that is to be saved under this name.

    `field` is where the audience stands in the request, `shapes` those of the app's saved
    audiences.
    """
    shapes = {**shapes, name: shape_of(audience)}
    errors: list[FieldError] = []
    for path, node in naming_nodes(audience, field):
        if isinstance(node, Saved):
            if node.name not in shapes:
                errors.append(FieldError(path, "is the name of no saved audience"))
            elif reaches(shapes, node.name, name):
                errors.append(FieldError(path, "leads back to this audience: an audience cannot name itself"))
    if errors:
        return errors
    if len(shapes) > MAX_SAVED:
        return [FieldError(field, f"{MAX_SAVED:,} audiences are saved, and no more are taken; delete some")]
    if sum(shape.ids for shape in shapes.values()) > MAX_SAVED_IDS:
        text = f"all saved audiences together may list {MAX_SAVED_IDS:,} ids; give terminals a tag instead"
        return [FieldError(field, text)]
    known: dict[str, Shape] = {}
    for affected in (name, *dependants(shapes, name)):
        if excess := excess_of(expanded(shapes, affected, known)):
            subject = "" if affected == name else f"the audience {affected}, which names it, "
            return [FieldError(field, f"{subject}{excess}")]
    return []
