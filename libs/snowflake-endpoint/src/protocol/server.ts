import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { send, sendBroken } from './delivery.js';
import type { FaultRule } from './faults.js';
import type { Faults } from './faults.js';
import { pointOf } from './faults.js';
import type { Journal } from './journal.js';
import { sessionRefused } from './queries.js';
import type { Action, Answer } from './action.js';
import type { Requests } from './requests.js';
import { isStreamingPath, type StreamingRequests } from '../streaming/streaming-requests.js';
import { succeeded } from './responses.js';
import type { Warehouse } from '../warehouse.js';

/** Handles additional paths, for an endpoint that runs as a process. */
export type Extension = (method: string, url: URL, body: Buffer, response: ServerResponse) => boolean;

export interface ServerParts {
  requests: Requests;
  streaming: StreamingRequests;
  warehouse: Warehouse;
  faults: Faults;
  journal: Journal;
  extension: Extension;
  size: SizeLimit;
}

/** What happens to statements with a larger body: refused with HTTP 413, or cut off while the client still sends. */
export interface SizeLimit {
  maxRequestBytes: number;
  tooLarge: 'refuse' | 'reset';
}

const UNKNOWN_PATH: Answer = { status: 404, body: succeeded(null), rows: 0, outcome: '404' };

/** Listens on the loopback interface only. */
export async function listen(parts: ServerParts, port: number): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    serve(request, response, parts).catch((error: unknown) => {
      // An unexpected error: the client must not take it for a response of Snowflake.
      parts.journal.unknown.push(String(error instanceof Error ? error.stack : error));
      response.destroy();
    });
  });
  // Longer than the driver keeps an idle connection (30 s), so that the server never closes one in use.
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function serve(request: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  const startedAtMs = Date.now();
  const { method = 'GET' } = request;
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const bytes = await readBody(request);
  if (url.pathname.startsWith('/__') && parts.extension(method, url, bytes, response)) return;
  const { journal, faults } = parts;
  journal.requests++;
  journal.bytesIn += bytes.length;
  const { headers } = request;
  const isStreaming = isStreamingPath(url);
  const token = /^Snowflake Token="(.*)"$/.exec(headers.authorization ?? '')?.[1] ?? '';
  const action = isStreaming
    ? parts.streaming.action({ method, url, headers, bytes })
    : parts.requests.action({ method, url, token, body: parse(bytes) });
  if (action === null) {
    send(response, UNKNOWN_PATH);
    return;
  }
  const fault =
    !isStreaming && bytes.length > parts.size.maxRequestBytes
      ? tooLarge(parts.size)
      : faults.take(action.name);
  const attempt = journal.attempt(action.requestId);
  const { outcome, rows } = await answer(action, fault, response, parts);
  journal.add({
    atMs: startedAtMs,
    session: action.session?.id ?? null,
    name: action.name,
    requestId: action.requestId,
    attempt,
    outcome,
    rows,
    ms: Date.now() - startedAtMs,
  });
}

function tooLarge({ tooLarge }: SizeLimit): FaultRule {
  if (tooLarge === 'reset') return { on: '*', kind: 'reset', point: 'before' };
  return { on: '*', kind: 'http', status: 413, point: 'before' };
}

async function answer(
  action: Action,
  fault: FaultRule | null,
  response: ServerResponse,
  parts: ServerParts,
): Promise<{ outcome: string; rows: number }> {
  if (fault === null) return deliver(await action.execute(0), response, parts.journal);
  const point = pointOf(fault);
  if (fault.kind === 'hold') {
    await fault.until;
    return deliver(await action.execute(0), response, parts.journal);
  }
  if (fault.kind === 'delay') {
    if (point === 'before') await wait(fault.ms);
    const late = await action.execute(point === 'during' ? fault.ms : 0);
    if (point === 'after') await wait(fault.ms);
    return deliver(late, response, parts.journal);
  }
  const outcome = `${fault.kind} ${point}`;
  const execution = point === 'before' ? null : action.execute(0);
  const replaced = point === 'after' && execution !== null ? await execution : PLAUSIBLE;
  strike(action, fault, replaced, response, parts);
  return { outcome, rows: (await execution)?.rows ?? 0 };
}

/** @param replaced the response that the fault replaces */
function strike(
  action: Action,
  fault: Exclude<FaultRule, { kind: 'delay' | 'hold' }>,
  replaced: Answer,
  response: ServerResponse,
  { warehouse, journal }: ServerParts,
): void {
  const { session } = action;
  switch (fault.kind) {
    case 'sql-error': {
      const error = { code: fault.code, sqlState: fault.sqlState ?? '', message: fault.message };
      deliver(action.fail(error), response, journal);
      return;
    }
    case 'session-expired':
      if (session !== null) session.tokenExpired = true;
      deliver(sessionRefused('tokenExpired'), response, journal);
      return;
    case 'session-gone':
      if (session !== null) warehouse.endSession(session);
      deliver(
        sessionRefused(fault.code === '390104' ? 'tokenInvalid' : 'gone', fault.status),
        response,
        journal,
      );
      return;
    case 'streaming-error':
    case 'token-expired':
    case 'channel-invalidated':
      if (action.refuse === undefined) throw new Error(`${fault.kind} is a fault of Snowpipe Streaming`);
      deliver(action.refuse(fault), response, journal);
      return;
    case 'reset':
    case 'silence':
    case 'half-response':
    case 'garbage':
    case 'http':
      sendBroken(response, fault, replaced);
  }
}

/** A half response to a statement that was never executed is half of this. */
const PLAUSIBLE: Answer = {
  status: 200,
  body: succeeded({ rowtype: [], rowset: [], total: 0, returned: 0 }),
  rows: 0,
  outcome: 'ok',
};

function deliver(answered: Answer, response: ServerResponse, journal: Journal): Answer {
  journal.bytesOut += send(response, answered);
  return answered;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Detects gzip by the bytes: the driver's header says gzip, but it sends plain text. */
function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  return JSON.parse(plain.toString());
}
