"""Everything that is asked about messages, small and large, opened together."""

from dataclasses import dataclass

from redis.asyncio import Redis

from pushgate.bundles.accounts import SmallAccounts
from pushgate.bundles.listing import SmallListing
from pushgate.bundles.segments import Segments
from pushgate.domain.clock import Clock
from pushgate.ledger.arms import ArmStore
from pushgate.ledger.block_records import BlockRecords
from pushgate.ledger.message_sets import MessageSets
from pushgate.ledger.results import ResultStore
from pushgate.ledger.slot_records import SlotRecords
from pushgate.ledger.told_winners import ToldWinners
from pushgate.messages.audiences import MessageAudiences
from pushgate.messages.escalations import Escalations
from pushgate.messages.families import Families
from pushgate.messages.index import MessageIndex
from pushgate.messages.retention import Retention
from pushgate.messages.revisions import MessageRevisions
from pushgate.messages.store import MessageStore
from pushgate.messages.winners import Winners
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.lookup import TerminalLookup
from pushgate.terminals.registered_terminals import RegisteredTerminals
from pushgate.terminals.registry import Registry
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.tokens import Tokens
from pushgate.tracking.changes import MessageChanges
from pushgate.tracking.decisions import Decisions
from pushgate.tracking.enlargement import Enlargement
from pushgate.tracking.experiments import Experiments
from pushgate.tracking.explanation import Explanations
from pushgate.tracking.family_parts import FamilyParts
from pushgate.tracking.histories import Histories
from pushgate.tracking.large_push import LargePushes
from pushgate.tracking.large_terminals import LargeTerminals
from pushgate.tracking.message_terminals import MessageTerminals
from pushgate.tracking.messages import Messages
from pushgate.tracking.results import Results
from pushgate.tracking.steps import Steps
from pushgate.tracking.unfinished import UnfinishedMessages


@dataclass(frozen=True, slots=True)
class Tracking:
    """The results of messages. A message's id says where it is stored."""

    messages: Messages
    results: Results
    families: FamilyParts
    experiments: Experiments
    terminals: MessageTerminals
    explanations: Explanations
    registered: RegisteredTerminals
    histories: Histories
    changes: MessageChanges
    enlargement: Enlargement
    unfinished: UnfinishedMessages
    steps: Steps
    decisions: Decisions

    @classmethod
    def open(cls, redis: Redis, clock: Clock, retention: Retention) -> "Tracking":
        """All of it over this client. Sends nothing to Redis."""
        large, accounts = MessageStore(redis, retention), SmallAccounts(redis, clock)
        enlargement = Enlargement(accounts, large)
        families = FamilyParts(Families(redis, retention), large)
        messages = Messages(
            large=large,
            index=MessageIndex(redis, clock),
            accounts=accounts,
            listing=SmallListing(redis),
            enlargement=enlargement,
            retention=retention,
            clock=clock,
        )
        decisions = Decisions(Winners(redis), ToldWinners(redis))
        holders, tokens = SlotHolders(redis), Tokens(redis)
        registered = RegisteredTerminals(redis, Registry(redis, clock, retention.period))
        lookup = TerminalLookup(holders, tokens, TermReader(redis))
        large_terminals = LargeTerminals(sets=MessageSets(redis), records=BlockRecords(redis), lookup=lookup)
        return cls(
            messages=messages,
            results=Results(messages, ResultStore(redis, clock), families),
            families=families,
            decisions=decisions,
            experiments=Experiments(ArmStore(redis), decisions, retention, clock),
            terminals=MessageTerminals(
                messages=messages, large=large_terminals, families=families, lookup=lookup
            ),
            explanations=Explanations(
                messages=messages,
                large=LargePushes(
                    records=SlotRecords(redis),
                    tokens=tokens,
                    holders=holders,
                    audiences=MessageAudiences(redis),
                    decisions=decisions,
                ),
                families=families,
                terminals=registered,
                holders=holders,
            ),
            registered=registered,
            histories=Histories(redis, clock, retention),
            changes=MessageChanges(
                messages=messages,
                large=MessageRevisions(redis, clock, retention),
                segments=Segments(redis),
                retention=retention,
            ),
            enlargement=enlargement,
            unfinished=UnfinishedMessages(MessageIndex(redis, clock), Segments(redis), clock),
            steps=Steps(Escalations(redis, retention), large, ResultStore(redis, clock)),
        )
