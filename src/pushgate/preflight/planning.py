"""A checked message becomes a plan: everything that would come of it. Nothing is stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pushgate.apps.audience_count import count_found
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.personal_check import filled, read_contents, warn_of_values
from pushgate.apps.vendor_check import Sign
from pushgate.bundles.values import RANKS
from pushgate.domain.audience import Audience, ByToken
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Message, Priority
from pushgate.domain.outcome import State
from pushgate.domain.push_class import next_vendor_day, vendor_day
from pushgate.domain.terminal import Group
from pushgate.grouping.algebra import SlotSet
from pushgate.ledger.activity import Counts
from pushgate.preflight.canary_sample import warn_of_canary
from pushgate.preflight.contents import content_languages, find_limited
from pushgate.preflight.overlaps import find_overlaps
from pushgate.preflight.pace import Sending, pace_of
from pushgate.preflight.personal_values import plan_values
from pushgate.preflight.plan import Effect, LimitedContent, Plan, VendorPlan
from pushgate.preflight.recent_outcomes import read_recent_outcomes
from pushgate.preflight.stages import Stages
from pushgate.quotas.quota import Quota
from pushgate.stores import Stores

_ANSWERED = (State.ACCEPTED.value, State.INVALID.value)


class Preflight:
    """Plans messages of one app."""

    def __init__(self, stores: Stores, configured: ConfiguredApp, sign: Sign) -> None:
        self._stores = stores
        self._configured = configured
        self._sign = sign

    async def plan(self, message: Message, audience: Audience, now: datetime, *, by_timezone: bool) -> Plan:
        """What would come of a message that is taken, as the registry is now.

        Raises EngineUnavailable, and NotFound where an earlier message has just been forgotten.
        """
        stores, app = self._stores, self._configured.app
        counted, warnings = await count_found(stores, app, audience, by_timezone=by_timezone)
        limited = find_limited(self._configured, _shortest(message), audience, counted.groups, self._sign)
        personal = await plan_values(stores, app, message, counted.slots)
        if personal:
            warnings = warnings + warn_of_values(self._configured, message, personal.longest, self._sign)
        vendors = await self._vendors(message, _by_vendor(counted.groups), limited)
        warnings = [*warnings, *await self._warn_of_quotas(message, vendors, now)]
        warnings += warn_of_canary(message.options.canary, vendors)
        recent = overlaps = None
        if not isinstance(audience, ByToken):
            recent = await read_recent_outcomes(stores, app, counted.slots, now)
            overlaps = await find_overlaps(stores, app, counted.slots, message.push_at)
        return Plan(
            message=message,
            groups=counted.groups,
            timezones=counted.timezones,
            due=await self._due(message, counted.slots),
            languages=content_languages(message, counted.groups),
            vendors=vendors,
            recent=recent,
            overlaps=overlaps,
            personal=personal,
            warnings=warnings,
        )

    async def _due(self, message: Message, slots: Sequence[SlotSet]) -> Mapping[datetime, int] | None:
        if message.family is None:
            return None
        count = self._stores.due_counts.count
        return await count(self._configured.app, slots, message.family, message.lifetime)

    async def _vendors(
        self, message: Message, counts: Counter[str], limited: Sequence[LimitedContent]
    ) -> list[VendorPlan]:
        minutes = list((await self._stores.activity.last_hour(self._configured.app)).values())
        return [
            self._vendor(message, vendor, count, [one for one in limited if one.vendor == vendor], minutes)
            for vendor, count in sorted(counts.items())
        ]

    async def _warn_of_quotas(
        self, message: Message, vendors: Sequence[VendorPlan], now: datetime
    ) -> list[FieldError]:
        """Warn where a vendor's daily quota has no room for all pushes today. What other messages
        use until the push time is not known.
        """
        if vendor_day(message.push_at) != vendor_day(now):
            return []
        asked = [
            (quota, one.sent)
            for one in vendors
            if (configured := self._configured.vendors.get(one.vendor))
            and (quota := configured.quota_of(message.app, message.options))
        ]
        states = await self._stores.quotas.read([quota for quota, _ in asked])
        return [
            _quota_warning(quota, left, sent, waits=message.expires_at > next_vendor_day(now))
            for (quota, sent), state in zip(asked, states, strict=True)
            if (left := state.left_for(RANKS[message.options.priority])) < sent
        ]

    def _vendor(
        self,
        message: Message,
        vendor: str,
        count: int,
        limited: Sequence[LimitedContent],
        minutes: Sequence[Counts],
    ) -> VendorPlan:
        configured = self._configured.vendors.get(vendor)
        refused, cut = _terminals(limited, Effect.REFUSED), _terminals(limited, Effect.CUT)
        sent = count - refused if configured else 0
        pace = pace_of(configured.rate, _busiest(vendor, minutes)) if configured else None
        seconds = expiring = None
        if configured and pace:
            urgent = message.options.priority is Priority.HIGH
            sending = Sending(pace, configured.rate.ramp, urgent=urgent)
            stages, lifetime = Stages.of(message), message.lifetime.total_seconds()
            seconds = stages.seconds(sending, sent)
            expiring = max(0, sent - stages.sent_within(sending, sent, lifetime))
        return VendorPlan(
            vendor=vendor,
            is_configured=configured is not None,
            paused=self._stores.pauses.find(self._configured.app.name, vendor),
            count=count,
            limited=limited,
            refused=refused,
            cut=cut,
            sent=sent,
            pace=pace,
            seconds=seconds,
            expiring=expiring,
        )


def _quota_warning(quota: Quota, left: int, pushes: int, *, waits: bool) -> FieldError:
    fate = "wait for" if waits else "expire before"
    text = (
        f"the vendor's quota has room for {left:,} of {pushes:,} {quota.push_class} pushes today; the others "
        f"{fate} midnight in Shanghai"
    )
    return FieldError("options.ttl", f"{text} ({quota.vendor})")


def _shortest(message: Message) -> Message:
    """The message as it is where each value that terminals have is short: no vendor can carry a
    content that exceeds a limit even so.
    """
    if message.personal is None:
        return message
    contents, _ = read_contents(message)
    return filled(message, contents, characters=1)


def _by_vendor(groups: Mapping[Group, int]) -> Counter[str]:
    found = Counter[str]()
    for group, count in groups.items():
        found[group.vendor] += count
    return found


def _busiest(vendor: str, minutes: Sequence[Counts]) -> int:
    """How many pushes the vendor answered in its busiest minute."""
    return max((sum(counts.get((vendor, state), 0) for state in _ANSWERED) for counts in minutes), default=0)


def _terminals(limited: Sequence[LimitedContent], effect: Effect) -> int:
    """How many terminals get a content with this effect. One content may have several reasons."""
    return sum({(one.language, one.to_topics): one.count for one in limited if one.effect is effect}.values())
