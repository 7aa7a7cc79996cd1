"""The context for adapters where nothing is sent: to check settings, and in schedulers."""

from pushgate.apps.opening import OpeningContext
from pushgate.domain.clock import Clock
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens


def sends_nothing(clock: Clock, callbacks: CallbackTokens) -> OpeningContext:
    """The context with which a process that sends nothing opens adapters. It shares no credentials
    with other processes.
    """
    return OpeningContext(clock=clock, credentials=NoCredentialStore(), receipt_path=callbacks.path)
