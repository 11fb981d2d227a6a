"""What OpenTelemetry calls things: the conventions for generative AI are still moving, and move only here."""

from __future__ import annotations

# As in opentelemetry-semantic-conventions 0.66b2. Not imported: the package keeps them where they "may move".
OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
FIRST_PIECE_S = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
AGENT = "gen_ai.agent.name"
SERVER = "server.address"
SERVER_PORT = "server.port"
ERROR = "error.type"
METHOD = "http.request.method"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ROUTE = "http.route"
HTTP_STATUS = "http.response.status_code"

CHAT = "chat"
INVOKE_AGENT = "invoke_agent"

# Of our own.
RUN_ID = "yomikurabe.run.id"
PAPER_ID = "yomikurabe.paper.id"
FENCE = "yomikurabe.run.fence"
STATUS = "yomikurabe.status"
PAGES = "yomikurabe.paper.pages"
REQUEST_ID = "yomikurabe.request.id"

_PROVIDERS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "api.deepseek.com": "deepseek",
}


def provider(host: str | None) -> str:
    """The well-known name of who answers there; else the name of the protocol, as the conventions want it."""
    name = (host or "").rpartition(":")[0] or host or ""
    return next(
        (known for end, known in _PROVIDERS.items() if name == end or name.endswith(f".{end}")), "openai"
    )
