import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** What connects a request with others of one doing (W3C Trace Context §3.2): `trace` is the whole, `parent` who asked. */
export type Traced = { readonly trace: string; readonly parent: string | undefined };

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;

/** The trace that a request belongs to: that of its header `traceparent`, or a new one. */
export function tracedBy({ traceparent }: IncomingHttpHeaders): Traced {
  const [, id, parent] = typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent) ?? []) : [];
  return id === undefined ? { trace: randomUUID().replaceAll('-', ''), parent: undefined } : { trace: id, parent };
}

const tracer = trace.getTracer('openceir');

/**
 * A span of a request, for whoever has registered an OpenTelemetry SDK with the process; without one it costs nothing. It
 * names the pattern of the address, never the address.
 */
export function beginSpan(headers: IncomingHttpHeaders, name: string): Span {
  return tracer.startSpan(name, { kind: SpanKind.SERVER }, propagation.extract(context.active(), headers));
}

/** Ends a span with the status of the answer. */
export function endSpan(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
