"""Attribute names: which of them say the same thing, and which is believed first.

Sources: OpenTelemetry GenAI semantic conventions (the present names and those they replaced), the
OpenInference specification, and the names that Traceloop (OpenLLMetry), Langfuse, the Vercel AI SDK and
MLflow write. Within a slot the first name that is present wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.traces._record import SpanKind

KIND = ("steelyard.span.kind", "openinference.span.kind")
VENDOR_KIND = ("traceloop.span.kind", "langfuse.observation.type", "llm.request.type")
"""Asked after `operation`."""
OPERATION = ("gen_ai.operation.name", "ai.operationId")
PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider")
REQUEST_MODEL = (
    "gen_ai.request.model",
    "llm.request.model_name",
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
    "ai.model.id",
    "langfuse.observation.model.name",
)
RESPONSE_MODEL = ("gen_ai.response.model", "llm.response.model_name", "ai.response.model")
INPUT_TOKENS = (
    "gen_ai.usage.input_tokens",
    "llm.token_count.prompt",
    "gen_ai.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "llm.usage.prompt_tokens",
)
OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens",
    "llm.token_count.completion",
    "gen_ai.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "llm.usage.completion_tokens",
)
CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cache_read_tokens",
    "gen_ai.usage.details.cached_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "llm.token_count.prompt_details.cache_read",
    "ai.usage.cachedInputTokens",
)
CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "llm.token_count.prompt_details.cache_write",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.details.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
    "ai.usage.reasoningTokens",
)
COST = ("llm.cost.total", "gen_ai.usage.cost", "gen_ai.usage.total_cost", "operation.cost")
COST_DETAILS = ("langfuse.observation.cost_details",)
COST_PROMPT = ("llm.cost.prompt",)
COST_COMPLETION = ("llm.cost.completion",)
USAGE_DETAILS = ("langfuse.observation.usage_details",)
FIRST_TOKEN_S = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
    "llm.latency.time_to_first_token",
)
FIRST_TOKEN_MS = ("ai.response.msToFirstChunk",)
FIRST_TOKEN_AT = ("langfuse.observation.completion_start_time",)
SESSION = (
    "session.id",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
    "ai.telemetry.metadata.sessionId",
    "gen_ai.conversation.id",
)
USER = (
    "user.id",
    "langfuse.user.id",
    "enduser.id",
    "user.hash",
    "enduser.pseudo.id",
    "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId",
    "gen_ai.user",
    "llm.user",
)
AGENT = ("gen_ai.agent.name", "agent.name", "gen_ai.workflow.name", "traceloop.workflow.name")
TOOL = ("gen_ai.tool.name", "tool.name", "ai.toolCall.name")
INPUT = (
    "gen_ai.input.messages",
    "input.value",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "ai.prompt.messages",
    "ai.prompt",
    "mlflow.spanInputs",
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "gen_ai.retrieval.query.text",
    "llm.input_messages.0.message.content",
    "gen_ai.prompt.0.content",
    "llm.prompts.0.prompt.text",
    "gen_ai.prompt",
)
OUTPUT = (
    "gen_ai.output.messages",
    "output.value",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "ai.response.text",
    "mlflow.spanOutputs",
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "llm.output_messages.0.message.content",
    "gen_ai.completion.0.content",
    "llm.choices.0.completion.text",
    "gen_ai.completion",
)
ERROR_TYPE = ("error.type",)
SLICE = (
    "steelyard.slice",
    "langfuse.environment",
    "deployment.environment.name",
    "deployment.environment",
)
SERVICE = ("service.name",)

SLOTS: Mapping[str, Sequence[str]] = {
    "kind": KIND,
    "vendor_kind": VENDOR_KIND,
    "operation": OPERATION,
    "provider": PROVIDER,
    "request_model": REQUEST_MODEL,
    "response_model": RESPONSE_MODEL,
    "input_tokens": INPUT_TOKENS,
    "output_tokens": OUTPUT_TOKENS,
    "cache_read": CACHE_READ,
    "cache_write": CACHE_WRITE,
    "reasoning": REASONING,
    "cost": COST,
    "cost_details": COST_DETAILS,
    "cost_prompt": COST_PROMPT,
    "cost_completion": COST_COMPLETION,
    "usage_details": USAGE_DETAILS,
    "first_token_s": FIRST_TOKEN_S,
    "first_token_ms": FIRST_TOKEN_MS,
    "first_token_at": FIRST_TOKEN_AT,
    "session": SESSION,
    "user": USER,
    "agent": AGENT,
    "tool": TOOL,
    "input": INPUT,
    "output": OUTPUT,
    "error_type": ERROR_TYPE,
    "slice": SLICE,
    "service": SERVICE,
}
"""Slot to the names that fill it, the most believed first; no name fills two."""

KNOWN = frozenset(name for names in SLOTS.values() for name in names)
"""Every attribute that some column is made of."""

KIND_WORDS: Mapping[str, SpanKind] = {
    "llm": "llm",
    "generation": "llm",
    "chat": "llm",
    "completion": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "fetch_response": "llm",
    "embedding": "embedding",
    "embeddings": "embedding",
    "retriever": "retriever",
    "retrieval": "retriever",
    "reranker": "reranker",
    "rerank": "reranker",
    "execute_tool": "tool",
    "tool": "tool",
    "agent": "agent",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "invoke_workflow": "agent",
    "plan": "agent",
    "workflow": "agent",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
    "evaluation": "evaluator",
    "chain": "step",
    "task": "step",
    "span": "step",
    "event": "step",
    "prompt": "step",
    "step": "step",
    "unknown": "step",
    "ai.toolcall": "tool",
    "ai.generatetext.dogenerate": "llm",
    "ai.streamtext.dostream": "llm",
    "ai.generateobject.dogenerate": "llm",
    "ai.streamobject.dostream": "llm",
    "ai.embed.doembed": "embedding",
    "ai.embedmany.doembed": "embedding",
    "ai.generatetext": "agent",
    "ai.streamtext": "agent",
    "ai.generateobject": "agent",
    "ai.streamobject": "agent",
    "ai.embed": "step",
    "ai.embedmany": "step",
}
"""What producers call a kind, in lower case, to ours; memory operations are steps."""
