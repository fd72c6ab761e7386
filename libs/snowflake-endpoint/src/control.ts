import type { ServerResponse } from 'node:http';
import type { SnowflakeEndpoint } from './endpoint.js';
import { SqlError } from './errors.js';
import type { FaultRule } from './protocol/faults.js';
import type { Extension } from './protocol/server.js';
import type { WarehouseState } from './warehouse.js';

/** Settings that can be changed while the endpoint runs. */
interface Settings {
  holdMs?: number;
  resends?: 'dedupe' | 'run-both';
  warehouseState?: WarehouseState;
}

/** Settings of Snowpipe Streaming; a delay of null withholds commits. */
interface StreamingSettings {
  commitDelayMs?: number | null;
  repeatedAppends?: 'refuse' | 'accept';
}

/**
 * Paths for an endpoint that runs as a process of its own:
 *
 *     GET    /__stats             counters, rows by table, sessions, open transactions, CPU seconds
 *     GET    /__table?name=NAME   the committed rows, one JSON object per line
 *     GET    /__journal?from=N    the entries from the N-th on
 *     POST   /__faults            adds a FaultRule, given as JSON
 *     DELETE /__faults            removes all faults
 *     POST   /__settings          holdMs, resends, warehouseState
 *     GET    /__streaming         channels and billed bytes of Snowpipe Streaming
 *     POST   /__streaming         commitDelayMs (null withholds commits), repeatedAppends
 *     POST   /__streaming/commit  commits all pending rows
 *     POST   /__streaming/invalidate?channel=NAME   invalidates channels: all, without a name
 *     POST   /__streaming/expire  expires all scoped tokens
 *     POST   /__run               runs an SQL statement, returns its rows as JSON
 *     POST   /__reset             empties tables, ends sessions, resets counters
 */
export function controlPaths(endpoint: SnowflakeEndpoint): Extension {
  const answers: Record<string, (url: URL, body: string, response: ServerResponse) => unknown> = {
    'GET /__stats': () => statistics(endpoint),
    'GET /__table': (url, _body, response) => {
      sendLines(response, endpoint.table(url.searchParams.get('name') ?? ''));
    },
    'GET /__journal': (url) => endpoint.journal.entries.slice(Number(url.searchParams.get('from') ?? 0)),
    'POST /__faults': (_url, body) => {
      endpoint.addFault(JSON.parse(body) as FaultRule);
      return {};
    },
    'DELETE /__faults': () => {
      endpoint.faults.clear();
      return {};
    },
    'POST /__settings': (_url, body) => {
      Object.assign(endpoint, JSON.parse(body) as Settings);
      return {};
    },
    'GET /__streaming': () => {
      const { channels, billedBytes } = endpoint.streaming;
      return { channels, billedBytes };
    },
    'POST /__streaming': (_url, body) => {
      const { commitDelayMs, ...others } = JSON.parse(body) as StreamingSettings;
      Object.assign(endpoint.streaming, others);
      if (commitDelayMs !== undefined) endpoint.streaming.commitDelayMs = commitDelayMs ?? Infinity;
      return {};
    },
    'POST /__streaming/commit': () => {
      endpoint.streaming.commitPending();
      return {};
    },
    'POST /__streaming/invalidate': (url) => {
      endpoint.streaming.invalidate(url.searchParams.get('channel') ?? undefined);
      return {};
    },
    'POST /__streaming/expire': () => {
      endpoint.expireStreamingTokens();
      return {};
    },
    'POST /__run': (_url, body) => endpoint.run(body),
    'POST /__reset': () => {
      endpoint.reset();
      return {};
    },
  };
  return (method, url, body, response) => {
    const answer = answers[`${method} ${url.pathname}`];
    if (answer === undefined) return false;
    void respond(response, () => answer(url, body.toString(), response));
    return true;
  };
}

async function respond(response: ServerResponse, answer: () => unknown): Promise<void> {
  try {
    const value = await answer();
    if (!response.writableEnded) response.end(JSON.stringify(value));
  } catch (error) {
    response.statusCode = error instanceof SqlError ? 422 : 500;
    response.end(error instanceof Error ? error.message : String(error));
  }
}

function sendLines(response: ServerResponse, rows: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const row of rows) response.write(`${JSON.stringify(row)}\n`);
  response.end();
}

function statistics(endpoint: SnowflakeEndpoint) {
  const { journal, tables, sessions, openTransactions, locks } = endpoint;
  const { user, system } = process.cpuUsage();
  return {
    requests: journal.requests,
    bytesIn: journal.bytesIn,
    bytesOut: journal.bytesOut,
    executed: Object.fromEntries(journal.executed),
    unknown: journal.unknown,
    rows: Object.fromEntries(tables.map((name) => [name, endpoint.count(name)])),
    sessions: sessions.length,
    openTransactions,
    locks,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.memoryUsage.rss(),
  };
}
