"""All stores that one Redis client serves, opened together. A process takes from here the stores
that it needs.

Knows how each store is opened, and nothing about when it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.audit.log import AuditLog
from pushgate.audit.reader import AuditReader
from pushgate.audit.trimming import AuditTrimming
from pushgate.bundles.accounts import SmallAccounts
from pushgate.bundles.click_queue import ClickQueue
from pushgate.bundles.deferred_sends import DeferredSends
from pushgate.bundles.erasing import SmallErasure
from pushgate.bundles.event_sends import BundleSends
from pushgate.bundles.held import HeldSmall
from pushgate.bundles.listing import SmallListing
from pushgate.bundles.plan import BundlePlanner
from pushgate.bundles.scheduled import ScheduledSmall
from pushgate.bundles.segments import Segments
from pushgate.bundles.snapshots import SmallSnapshots
from pushgate.bundles.store import Bundles
from pushgate.dispatch.backlog import Backlog
from pushgate.dispatch.retries import Retries
from pushgate.domain.clock import Clock
from pushgate.domain.message import MAX_TTL
from pushgate.eventlog.log import EventLog
from pushgate.eventlog.notices import Notices
from pushgate.eventlog.tending import StreamTending
from pushgate.fleet.credential_use import CredentialUseStore
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.fleet.pauses import Pauses
from pushgate.fleet.redis_memory import RedisMemory
from pushgate.fleet.store_hold import StoreHolds
from pushgate.fleet.vendor_health import VendorHealth
from pushgate.fleet.write_counters import WriteCounters
from pushgate.freezing.freezing import Freezing
from pushgate.freezing.marking import Marking
from pushgate.freezing.records import FreezeRecords
from pushgate.grouping.assignment import Assignment
from pushgate.grouping.due_counts import DueCounts
from pushgate.grouping.resolution import Sources
from pushgate.grouping.resolver import AudienceResolver
from pushgate.grouping.search import TerminalSearch
from pushgate.grouping.step_audiences import StepAudiences
from pushgate.grouping.step_reach import StepReach
from pushgate.grouping.to_come import TerminalsToCome
from pushgate.hygiene.claims import HygieneClaims
from pushgate.hygiene.mended import MendedTerms
from pushgate.hygiene.pass_over_shard import phases
from pushgate.hygiene.progress import Phase
from pushgate.hygiene.silent_removal import SilentRemovals
from pushgate.ledger.activity import Activity
from pushgate.ledger.arms import ArmStore
from pushgate.ledger.block_records import BlockRecords
from pushgate.ledger.canary_shards import CanaryShards
from pushgate.ledger.deferred_slots import DeferredSlots
from pushgate.ledger.delivery_reports import DeliveryReports
from pushgate.ledger.due_blocks import DueBlocks
from pushgate.ledger.frequency_caps import FrequencyCaps
from pushgate.ledger.held import HeldBlocks
from pushgate.ledger.lease import Leases
from pushgate.ledger.message_sets import MessageSets
from pushgate.ledger.outcomes import OutcomeStore
from pushgate.ledger.paused_shards import PausedShards
from pushgate.ledger.pending import PendingBlocks
from pushgate.ledger.plan import Plans
from pushgate.ledger.rest_slots import RestSlots
from pushgate.ledger.results import ResultStore
from pushgate.ledger.snapshots import LedgerSnapshots
from pushgate.ledger.told_steps import ToldSteps
from pushgate.ledger.told_winners import ToldWinners
from pushgate.ledger.totals import Totals
from pushgate.ledger.withdrawals import Withdrawals
from pushgate.messages.audiences import MessageAudiences
from pushgate.messages.canaries import Canaries
from pushgate.messages.claims import MessageClaims
from pushgate.messages.drafts import Drafts
from pushgate.messages.erasing import MessageErasure
from pushgate.messages.escalations import Escalations
from pushgate.messages.families import Families
from pushgate.messages.held import HeldMessages
from pushgate.messages.idempotency import IdempotencyRecords
from pushgate.messages.index import MessageIndex
from pushgate.messages.lifecycle import MessageLifecycle
from pushgate.messages.message_pauses import MessagePauses
from pushgate.messages.open_shards import OpenShards
from pushgate.messages.retention import Retention
from pushgate.messages.revisions import MessageRevisions
from pushgate.messages.saved_audiences import SavedAudiences
from pushgate.messages.store import MessageStore
from pushgate.messages.templates import Templates
from pushgate.messages.winners import Winners
from pushgate.quotas.store import VendorQuotas
from pushgate.series.store import SeriesStore
from pushgate.terminals.addressed import AddressedTerminals
from pushgate.terminals.anonymous_terminals import AnonymousTerminals
from pushgate.terminals.attribute_lengths import AttributeLengths
from pushgate.terminals.bulk.import_records import ImportRecords
from pushgate.terminals.bulk.registration import ImportRegistration
from pushgate.terminals.bulk.registry import BulkRegistry
from pushgate.terminals.bulk.scan import TerminalScan
from pushgate.terminals.click_hours import ClickHours
from pushgate.terminals.confirmed_removals import ConfirmedRemovals
from pushgate.terminals.device_secrets import DeviceSecrets
from pushgate.terminals.erasing import TerminalErasure
from pushgate.terminals.existence import TerminalExistence
from pushgate.terminals.former_terminals import FormerTerminals
from pushgate.terminals.held_removals import HeldRemovals
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.language_limits import DEFAULT_LIMITS, LanguageLimits, Languages
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.marked_terminals import MarkedTerminals
from pushgate.terminals.opt_outs import OptOuts
from pushgate.terminals.people import People
from pushgate.terminals.registered_apps import RegisteredApps
from pushgate.terminals.registration import TerminalRegistration
from pushgate.terminals.registry import Registry
from pushgate.terminals.removal_guard import RemovalGuard
from pushgate.terminals.row_reader import RowReader
from pushgate.terminals.signs_of_life import SignsOfLife
from pushgate.terminals.small_histories import SmallHistories
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.tokens import Tokens
from pushgate.terminals.user_places import UserPlaces
from pushgate.tracking.outcome_terms import OutcomeTerms
from pushgate.tracking.tracking import Tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The stores of one installation, by package: messages, terminals, ledger, bundles, dispatch
    and fleet.

    Opening them sends nothing to Redis.
    """

    retention: Retention
    messages: MessageStore
    revisions: MessageRevisions
    audiences: MessageAudiences
    saved_audiences: SavedAudiences
    drafts: Drafts
    templates: Templates
    message_index: MessageIndex
    message_erasure: MessageErasure
    idempotency: IdempotencyRecords
    claims: MessageClaims
    lifecycle: MessageLifecycle
    message_pauses: MessagePauses
    canaries: Canaries
    winners: Winners
    held_messages: HeldMessages
    families: Families
    escalations: Escalations
    open_shards: OpenShards
    series: SeriesStore

    registered_apps: RegisteredApps
    registry: Registry
    registration: TerminalRegistration
    device_secrets: DeviceSecrets
    anonymous_terminals: AnonymousTerminals
    import_registration: ImportRegistration
    import_records: ImportRecords
    terminal_scan: TerminalScan
    locations: TerminalLocations
    user_places: UserPlaces
    terms: TermReader
    people: People
    opt_outs: OptOuts
    terminal_erasure: TerminalErasure
    signs_of_life: SignsOfLife
    click_hours: ClickHours
    existence: TerminalExistence
    holders: SlotHolders
    rows: RowReader
    former_terminals: FormerTerminals
    small_histories: SmallHistories
    languages: Languages
    tokens: Tokens
    addressed: AddressedTerminals
    attribute_lengths: AttributeLengths
    removal_guard: RemovalGuard
    held_removals: HeldRemovals
    marked_terminals: MarkedTerminals
    confirmed_removals: ConfirmedRemovals
    hygiene_phases: Sequence[Phase]
    hygiene_claims: HygieneClaims
    silent_removals: SilentRemovals
    removal_claims: HygieneClaims
    mended_terms: MendedTerms

    outcome_terms: OutcomeTerms
    resolver: AudienceResolver
    due_counts: DueCounts
    to_come: TerminalsToCome
    step_audiences: StepAudiences
    step_reach: StepReach
    assignment: Assignment
    search: TerminalSearch
    freezing: Freezing

    plans: Plans
    deferred_slots: DeferredSlots
    leases: Leases
    outcomes: OutcomeStore
    pending: PendingBlocks
    frequency_caps: FrequencyCaps
    paused_shards: PausedShards
    due_blocks: DueBlocks
    canary_shards: CanaryShards
    held_blocks: HeldBlocks
    quotas: VendorQuotas
    results: ResultStore
    delivery_reports: DeliveryReports
    told_steps: ToldSteps
    arms: ArmStore
    told_winners: ToldWinners
    rest_slots: RestSlots
    withdrawals: Withdrawals
    totals: Totals
    activity: Activity

    segments: Segments
    bundle_planner: BundlePlanner
    bundles: Bundles
    small_accounts: SmallAccounts
    click_queue: ClickQueue
    small_listing: SmallListing
    scheduled_small: ScheduledSmall
    small_erasure: SmallErasure
    bundle_sends: BundleSends
    small_snapshots: SmallSnapshots
    held_small: HeldSmall
    deferred_sends: DeferredSends

    tracked: Tracking
    event_log: EventLog
    event_tending: StreamTending
    notices: Notices
    ledger_snapshots: LedgerSnapshots

    retries: Retries
    backlog: Backlog
    heartbeats: Heartbeats
    audit: AuditLog
    audit_reader: AuditReader
    audit_trimming: AuditTrimming
    vendor_health: VendorHealth
    credential_use: CredentialUseStore
    pauses: Pauses
    write_counters: WriteCounters
    store_holds: StoreHolds
    redis_memory: RedisMemory

    @classmethod
    def open(
        cls,
        redis: Redis,
        clock: Clock,
        retention: timedelta,
        language_limits: LanguageLimits = DEFAULT_LIMITS,
        content_retention: timedelta | None = None,
        hold_after: timedelta = timedelta(0),
    ) -> "Stores":
        """Open all stores over this client. A finished message is kept for `retention`, its content
        for `content_retention` if that is shorter.

        A store that went back to an earlier state is held if no scheduler has seen it for
        `hold_after`; with zero, it is held in any case.
        """
        period = Retention(retention, content_retention)
        tracked = Tracking.open(redis, clock, period)
        locations, terms, holders = TerminalLocations(redis), TermReader(redis), SlotHolders(redis)
        user_places = UserPlaces(locations, holders)
        outcome_terms = OutcomeTerms(
            messages=tracked.messages, families=tracked.families, sets=MessageSets(redis), terms=terms
        )
        sources = Sources(terms=terms, locations=locations, holders=holders, outcome_terms=outcome_terms)
        rows = RowReader(redis)
        saved_audiences, resolver = SavedAudiences(redis, clock), AudienceResolver(sources)
        audiences, due = MessageAudiences(redis), DueCounts(terms)
        registry, languages = Registry(redis, clock, retention), Languages(redis, language_limits)
        held_removals, deferred_slots = HeldRemovals(redis, clock), DeferredSlots(redis, clock)
        return cls(
            retention=period,
            messages=MessageStore(redis, period),
            revisions=MessageRevisions(redis, clock, period),
            audiences=audiences,
            saved_audiences=saved_audiences,
            drafts=Drafts(redis, clock),
            templates=Templates(redis, clock),
            message_index=MessageIndex(redis, clock),
            message_erasure=MessageErasure(redis),
            idempotency=IdempotencyRecords(redis),
            claims=MessageClaims(redis),
            lifecycle=MessageLifecycle(redis, clock),
            message_pauses=MessagePauses(redis, clock),
            canaries=Canaries(redis, clock),
            winners=Winners(redis),
            held_messages=HeldMessages(redis, clock),
            families=Families(redis, period),
            escalations=Escalations(redis, period),
            open_shards=OpenShards(redis),
            series=SeriesStore(redis, period),
            registered_apps=RegisteredApps(redis),
            registry=registry,
            registration=TerminalRegistration(registry, languages),
            device_secrets=DeviceSecrets(redis),
            anonymous_terminals=AnonymousTerminals(redis),
            import_registration=ImportRegistration(BulkRegistry(redis, clock, registry), languages),
            import_records=ImportRecords(redis, clock),
            terminal_scan=TerminalScan(redis, terms, rows),
            locations=locations,
            user_places=user_places,
            terms=terms,
            people=People(redis),
            opt_outs=OptOuts(redis, terms),
            terminal_erasure=TerminalErasure(redis, clock),
            signs_of_life=SignsOfLife(redis, clock),
            click_hours=ClickHours(redis),
            existence=TerminalExistence(redis),
            holders=holders,
            rows=rows,
            former_terminals=FormerTerminals(redis),
            small_histories=SmallHistories(redis),
            languages=languages,
            tokens=Tokens(redis),
            addressed=AddressedTerminals(redis),
            attribute_lengths=AttributeLengths(redis, clock),
            removal_guard=RemovalGuard(redis),
            held_removals=held_removals,
            marked_terminals=MarkedTerminals(redis, clock),
            confirmed_removals=ConfirmedRemovals(redis, clock, held_removals, registry),
            outcome_terms=outcome_terms,
            resolver=resolver,
            due_counts=due,
            to_come=TerminalsToCome(
                audiences=audiences,
                saved=saved_audiences,
                families=tracked.families,
                resolver=resolver,
                due=due,
                clock=clock,
            ),
            step_audiences=StepAudiences(
                locations=locations,
                holders=holders,
                outcome_terms=outcome_terms,
                deferred=deferred_slots,
            ),
            step_reach=StepReach(holders, user_places, BlockRecords(redis)),
            assignment=Assignment(holders),
            search=TerminalSearch(terms, locations, rows),
            freezing=Freezing(
                records=FreezeRecords(redis),
                marking=Marking(redis, terms),
                resolver=resolver,
                saved=saved_audiences,
                clock=clock,
            ),
            hygiene_phases=phases(redis, clock, retention + MAX_TTL),
            hygiene_claims=HygieneClaims(redis, "hygiene"),
            silent_removals=SilentRemovals(redis, registry, clock),
            removal_claims=HygieneClaims(redis, "silent-shards"),
            mended_terms=MendedTerms(redis),
            plans=Plans(redis, clock),
            deferred_slots=deferred_slots,
            leases=Leases(redis, clock),
            outcomes=OutcomeStore(redis, clock),
            frequency_caps=FrequencyCaps(redis),
            pending=PendingBlocks(redis, clock),
            paused_shards=PausedShards(redis, clock),
            due_blocks=DueBlocks(redis),
            canary_shards=CanaryShards(redis, clock),
            held_blocks=HeldBlocks(redis),
            quotas=VendorQuotas(redis, clock),
            results=ResultStore(redis, clock),
            delivery_reports=DeliveryReports(redis, clock),
            told_steps=ToldSteps(redis),
            arms=ArmStore(redis),
            told_winners=ToldWinners(redis),
            rest_slots=RestSlots(redis, clock),
            withdrawals=Withdrawals(redis, clock),
            totals=Totals(redis),
            activity=Activity(redis, clock),
            segments=Segments(redis),
            bundle_planner=BundlePlanner(redis),
            bundles=Bundles(redis, clock),
            small_accounts=SmallAccounts(redis, clock),
            click_queue=ClickQueue(redis, clock),
            small_listing=SmallListing(redis),
            scheduled_small=ScheduledSmall(redis),
            small_erasure=SmallErasure(redis),
            bundle_sends=BundleSends(redis),
            small_snapshots=SmallSnapshots(redis),
            held_small=HeldSmall(redis, clock),
            deferred_sends=DeferredSends(redis, clock),
            tracked=tracked,
            event_log=EventLog(redis),
            event_tending=StreamTending(redis),
            notices=Notices(redis),
            ledger_snapshots=LedgerSnapshots(redis),
            retries=Retries(redis),
            backlog=Backlog(redis),
            heartbeats=Heartbeats(redis),
            audit=AuditLog(redis),
            audit_reader=AuditReader(redis),
            audit_trimming=AuditTrimming(redis),
            vendor_health=VendorHealth(redis),
            credential_use=CredentialUseStore(redis),
            pauses=Pauses(redis),
            write_counters=WriteCounters(redis),
            store_holds=StoreHolds(redis, clock, hold_after),
            redis_memory=RedisMemory(redis),
        )
