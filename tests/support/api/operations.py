"""The operations of the API, and paths with their parameters filled in."""

OPERATIONS = {
    "create_message": "POST /v1/messages",
    "create_messages": "POST /v1/messages:batch",
    "plan_message": "POST /v1/messages:plan",
    "list_messages": "GET /v1/messages",
    "get_message": "GET /v1/messages/{message_id}",
    "change_message": "PATCH /v1/messages/{message_id}",
    "cancel_message": "POST /v1/messages/{message_id}/cancel",
    "recall_message": "POST /v1/messages/{message_id}/recall",
    "get_results": "GET /v1/messages/{message_id}/results",
    "list_message_terminals": "GET /v1/messages/{message_id}/terminals",
    "retry_message": "POST /v1/messages/{message_id}/retry",
    "explain_terminal": "GET /v1/messages/{message_id}/terminals/{terminal_id}",
    "explain_token": "POST /v1/messages/{message_id}/terminals:explain",
    "count_audience": "POST /v1/audience:count",
    "save_audience": "PUT /v1/audiences/{name}",
    "freeze_audience": "POST /v1/audiences/{name}:freeze",
    "get_audience": "GET /v1/audiences/{name}",
    "list_audiences": "GET /v1/audiences",
    "delete_audience": "DELETE /v1/audiences/{name}",
    "register_terminal": "PUT /v1/terminals/{terminal_id}",
    "change_terminal": "PATCH /v1/terminals/{terminal_id}",
    "get_terminal": "GET /v1/terminals/{terminal_id}",
    "delete_terminal": "DELETE /v1/terminals/{terminal_id}",
    "search_terminals": "GET /v1/terminals",
    "find_terminal": "POST /v1/terminals:find",
    "register_terminals": "POST /v1/terminals:batch",
    "diagnose_terminal": "GET /v1/terminals/{terminal_id}/diagnosis",
    "ask_vendor_of_terminal": "POST /v1/terminals/{terminal_id}/diagnosis",
    "list_terminal_messages": "GET /v1/terminals/{terminal_id}/messages",
    "forget_silent_terminals": "POST /v1/terminals:forget-silent",
    "get_silent_removal": "GET /v1/terminals:forget-silent",
    "stop_silent_removal": "DELETE /v1/terminals:forget-silent",
    "import_terminals": "POST /v1/terminals:import",
    "get_user": "GET /v1/users/{user}",
    "erase_user": "DELETE /v1/users/{user}",
    "change_user": "PATCH /v1/users/{user}",
    "export_terminals": "GET /v1/terminals:export",
    "get_import": "GET /v1/imports/{import_name}",
    "list_events": "GET /v1/events",
    "report_clicked": "POST /v1/callbacks/click",
    "report_received": "POST /v1/callbacks/received",
    "receive_receipts": "POST /v1/receipts/{vendor}/{app}/{secret}",
    "get_health": "GET /healthz",
    "get_readiness": "GET /readyz",
    "get_status": "GET /status",
    "get_metrics": "GET /metrics",
}
IDS = {
    "{message_id}": "0" * 30,
    "{terminal_id}": "t1",
    "{user}": "ann",
    "{name}": "vip",
    "{vendor}/{app}/{secret}": "apns/shop/x",
}


def filled(path: str) -> str:
    for name, value in IDS.items():
        path = path.replace(name, value)
    return path
