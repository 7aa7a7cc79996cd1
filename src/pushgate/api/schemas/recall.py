"""The results of recalls."""

from pushgate.api.schemas.base import Count, ResponseModel
from pushgate.api.schemas.fields import MessageId, VendorName
from pushgate.domain.message import Status


class VendorRecall(ResponseModel):
    """The result of a recall at one vendor."""

    vendor: VendorName
    can_recall: bool
    recalled: Count
    failed: Count
    left: Count
    reason: str | None


class Recall(ResponseModel):
    """The result of a recall."""

    id: MessageId
    status: Status
    recalled: Count
    left: Count
    vendors: list[VendorRecall]
