"""What columns are called in the files people have; earlier names win."""

from __future__ import annotations

import re

ID = (
    "id", "case_id", "question_id", "item_id", "example_id", "sample_id", "test_id", "task_id", "prompt_id",
    "query_id", "row_id", "record_id", "uid", "uuid", "qid", "guid", "key", "idx", "index", "custom_id",
)  # fmt: skip

INPUT = (
    "input", "question", "prompt", "query", "instruction", "problem", "user_input", "user_query",
    "user_message", "user_prompt", "user", "utterance", "message", "messages", "conversation", "request",
    "inputs", "input_text", "problem_statement", "statement", "source_text", "source", "src", "sentence",
    "text", "content", "task", "ticket", "email",
)  # fmt: skip

EXPECTED = (
    "expected", "expected_output", "expected_answer", "expected_response", "ground_truth", "groundtruth",
    "ground_truth_answer", "gold", "gold_answer", "gold_label", "golden", "golden_answer",
    "reference_answer", "reference_output", "reference", "references", "reference_response", "ideal",
    "ideal_answer", "ideal_response", "correct_answer", "correct_answers", "correct_response",
    "right_answer", "best_answer", "canonical_answer", "final_answer", "expected_result", "target",
    "targets", "target_text", "tgt", "label", "labels", "answer_key", "answers.text", "answer", "answers",
    "canonical_solution",
)  # fmt: skip

OUTPUT = (
    "output", "response", "completion", "prediction", "model_output", "model_answer", "model_response",
    "actual_output", "actual", "actual_answer", "generated_text", "generated", "generated_answer",
    "generation", "predicted", "predicted_answer", "llm_output", "llm_response", "system_output",
    "bot_response", "assistant_response", "hypothesis", "candidate", "assistant", "outputs", "answer",
    "solution",
)  # fmt: skip

TRAJECTORY = ("traj", "trajectory", "transcript", "rollout", "episode", "conversation", "messages")
"""Lists of messages that are an answer when a score stands beside them."""

NESTED_OUTPUT = OUTPUT
"""What an answer may be called inside one object for each model."""

WEAK_NESTED_OUTPUT = ("text", "content", "result", "value")
"""The same, when a score stands beside it."""

OUTPUT_AFFIXES = (
    "model_output", "model_answer", "model_response", "output", "response", "completion", "prediction",
    "generation", "answer", "solution", "pred",
)  # fmt: skip
"""`gpt4_output`, `output_gpt4`: what is left names the run."""

NOT_RUNS = frozenset(
    {
        "wrong",
        "incorrect",
        "rejected",
        "chosen",
        "bad",
        "good",
        "expected",
        "reference",
        "gold",
        "correct",
        "ideal",
    }
    | {
        "best",
        "right",
        "final",
        "user",
        "human",
        "num",
        "n",
        "max",
        "min",
        "len",
        "raw",
        "short",
        "long",
        "previous",
    }
    | {
        "partial",
        "example",
        "sample",
        "format",
        "type",
        "id",
        "start",
        "end",
        "time",
        "tokens",
        "length",
        "schema",
    }
    | {
        "count",
        "cost",
        "latency",
        "score",
        "label",
        "lang",
        "language",
        "url",
        "index",
        "ms",
        "s",
        "key",
        "date",
    }
    | {"data", "item", "row", "record", "author", "info", "details", "code", "path", "text", "language_code"}
)
"""Leftovers of an affix that do not name a run."""

SCORE = frozenset(
    {"score", "is_correct", "correct", "pass", "passed", "success", "reward", "rating", "grade", "accuracy"}
    | {"exact_match", "em", "f1", "bleu", "rouge", "rouge_l", "rouge1", "rouge2", "quality", "helpfulness"}
    | {"faithfulness", "relevance", "groundedness", "resolved", "judge_score", "overall"}
)
SCORE_ENDINGS = ("_score", "_rating", "_correct", "_passed", "_pass", "_grade", "_reward")
SCORE_BEGINNINGS = ("score_", "is_correct_", "rating_", "passed_")

LATENCY_S = frozenset(
    {"latency_s", "latency_seconds", "duration_s", "duration_seconds", "seconds", "elapsed_s", "time_s"}
)
LATENCY_MS = frozenset(
    {
        "latency_ms",
        "duration_ms",
        "elapsed_ms",
        "time_ms",
        "response_time_ms",
        "latency_millis",
        "total_time_ms",
    }
)
LATENCY = frozenset({"latency", "duration", "elapsed", "response_time", "elapsed_time", "total_time"})
COST = frozenset({"cost", "cost_usd", "total_cost", "price_usd", "usd"})
INPUT_TOKENS = frozenset(
    {"input_tokens", "prompt_tokens", "tokens_in", "usage_input_tokens", "usage_prompt_tokens"}
)
OUTPUT_TOKENS = frozenset(
    {"output_tokens", "completion_tokens", "tokens_out", "usage_output_tokens", "usage_completion_tokens"}
)
ERROR = frozenset({"error", "error_message", "exception", "failure"})

CONTEXT = (
    "context", "contexts", "retrieved_contexts", "retrieval_context", "retrieved_context",
    "reference_contexts", "documents", "passages", "passage", "document", "retrieved_documents",
    "retrieved_docs", "docs", "evidence",
)  # fmt: skip
TURNS = ("turns", "user_turns")
CHOICES = ("choices", "options")
GROUP = (
    "group", "group_id", "cluster", "cluster_id", "document_id", "doc_id", "passage_id", "article_id",
    "conversation_id", "session_id", "thread_id", "paraphrase_of", "template_id", "family", "user_id",
)  # fmt: skip
SPLIT = ("split", "partition", "fold")
RUN = (
    "run", "model", "model_name", "model_id", "system", "system_name", "variant", "engine", "llm",
    "experiment", "experiment_name", "prompt_version", "version", "target_name", "run_name", "run_id",
)  # fmt: skip
EPOCH = ("epoch", "trial", "attempt", "repetition", "repeat", "replicate", "sample_idx", "generation_idx")

SLICE = frozenset(
    {
        "category",
        "subcategory",
        "topic",
        "subtopic",
        "domain",
        "subdomain",
        "lang",
        "language",
        "locale",
        "subject",
    }
    | {"type", "question_type", "task_type", "difficulty", "level", "tier", "intent", "product", "region"}
    | {"country", "channel", "dataset", "subset", "segment", "tag", "genre", "skill", "capability", "theme"}
    | {"department", "priority", "severity", "persona", "modality", "complexity", "grade_level", "area"}
)

WHOLE_OBJECTS = frozenset(
    {
        "input",
        "inputs",
        "expected",
        "expected_output",
        "metadata",
        "meta",
        "slices",
        "scenario",
        "output",
        "outputs",
    }
    | {"reference_output", "reference_outputs", "ground_truth", "target", "ideal", "usage", "scores", "trace"}
)
"""Top-level objects that are one value, and are not taken apart."""

CODE_SHAPE = ("prompt", "test", "entry_point")
"""HumanEval: the expectation of `code_pass` is `{test, entry_point}`."""

INSTRUCTION_SHAPE = ("instruction", "input", "output")
"""Instruction tuning: `input` is context to the instruction, `output` what is right."""

SYSTEM = re.compile(
    r"(^|_)(model|gpt|claude|llama|mistral|gemini|qwen|system|candidate|baseline|version|v\d+|bot|assistant|agent)"
)
"""Names of columns that stand for a system under test."""

VERSION_PAIRS = (
    ("baseline", "candidate"), ("base", "candidate"), ("current", "candidate"), ("production", "candidate"),
    ("old", "new"), ("before", "after"), ("control", "treatment"),
)  # fmt: skip
"""Two columns of answers so named are two versions of one system."""
