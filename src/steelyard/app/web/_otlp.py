"""OTLP/HTTP: traces and logs in. An answer of 200 means that what it does not reject is durable.

Source: OpenTelemetry Protocol specification 1.7, "OTLP/HTTP" (opentelemetry.io/docs/specs/otlp).
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from steelyard.app.web._inflate import CODINGS, TooLargeError
from steelyard.app.web._intake import BusyError, Intake
from steelyard.core import InputError, StoreError
from steelyard.traces import IngestResult

router = APIRouter(tags=["ingest"])

Signal = Literal["traces", "logs"]
Encoding = Literal["protobuf", "json"]
_TYPES: dict[str, Encoding] = {"application/x-protobuf": "protobuf", "application/json": "json"}
_MEDIA = {encoding: media for media, encoding in _TYPES.items()}
_READ_S = 30
_STATUS: dict[type[Exception], int] = {
    TooLargeError: 413,
    HTTPException: 413,
    InputError: 400,
    BusyError: 503,
    StoreError: 503,
    TimeoutError: 408,
    ClientDisconnect: 408,
}
_WAIT_S: dict[type[Exception], int] = {BusyError: 1, StoreError: 5}
_CODES = {400: 3, 408: 4, 413: 8, 415: 3, 503: 14}
"""HTTP status to google.rpc.Code."""

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in _TYPES},
    }
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No such request: google.rpc.Status. Do not send it again."},
    408: {"description": "The body did not come in time."},
    413: {"description": "Too large, perhaps only after decompression."},
    415: {"description": "Neither protobuf nor JSON, or compressed in another way than gzip or deflate."},
    503: {"description": "Nothing was stored; send it again after Retry-After."},
}


@router.post(
    "/v1/traces",
    name="otlp_traces",
    summary="Spans in (OTLP)",
    openapi_extra=_BODY,
    responses=_ANSWERS,
)
async def otlp_traces(request: Request) -> Response:
    """An ExportTraceServiceRequest as protobuf or JSON."""
    return await _take(request, "traces")


@router.post(
    "/v1/logs",
    name="otlp_logs",
    summary="Log records of spans in (OTLP)",
    openapi_extra=_BODY,
    responses=_ANSWERS,
)
async def otlp_logs(request: Request) -> Response:
    """An ExportLogsServiceRequest as protobuf or JSON; records that belong to no trace are rejected."""
    return await _take(request, "logs")


async def _take(request: Request, signal: Signal) -> Response:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = _TYPES.get(given)
    coding = request.headers.get("content-encoding", "").strip().lower()
    if encoding is None or coding not in CODINGS:
        said = f"send {' or '.join(_TYPES)}, compressed by gzip or deflate or not at all"
        return _refuse(encoding or "json", 415, said)
    intake: Intake = request.app.state.intake
    try:
        with intake.room() as room:
            body = bytearray()
            async with asyncio.timeout(_READ_S):
                async for piece in request.stream():
                    room.grow(len(piece))
                    body += piece
            result = await intake.take(bytes(body), signal, coding=coding, encoding=encoding)
    except tuple(_STATUS) as error:
        if isinstance(error, HTTPException) and error.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
        return _refuse(encoding, status, _said(error), wait_s=_WAIT_S.get(type(error)))
    return _accept(result, signal, encoding)


def _said(error: Exception) -> str:
    if isinstance(error, StoreError):
        return error.message
    if isinstance(error, HTTPException):
        return "the body is too large"
    return str(error) or "the body did not come in time"


def _accept(result: IngestResult, signal: Signal, encoding: Encoding) -> Response:
    """200, with what was rejected; the response is empty when nothing was."""
    rejected = sum(result.rejected.values())
    message: Any = ExportTraceServiceResponse() if signal == "traces" else ExportLogsServiceResponse()
    if rejected:
        name = "rejected_spans" if signal == "traces" else "rejected_log_records"
        setattr(message.partial_success, name, rejected)
        message.partial_success.error_message = result.message
    if encoding == "protobuf":
        return Response(message.SerializeToString(), media_type=_MEDIA[encoding])
    return Response(json.dumps(MessageToDict(message)), media_type=_MEDIA[encoding])


def _refuse(encoding: Encoding, status: int, message: str, *, wait_s: int | None = None) -> Response:
    """A google.rpc.Status in the request's encoding."""
    said = message.encode("utf-8", "backslashreplace").decode("utf-8")
    headers = {} if wait_s is None else {"retry-after": str(wait_s)}
    if encoding == "json":
        body = json.dumps({"code": _CODES[status], "message": said}).encode("ascii")
    else:
        # On the wire a Status (1: int32 code, 2: string message) is what this message is.
        body = ExportTracePartialSuccess(
            rejected_spans=_CODES[status], error_message=said
        ).SerializeToString()
    return Response(body, status_code=status, media_type=_MEDIA[encoding], headers=headers)
