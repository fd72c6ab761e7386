import type { ServerResponse } from 'node:http';
import type { FaultKind } from './faults.js';
import type { Answer } from './action.js';

const NO_JSON = '<html><body>502 Bad Gateway</body></html>';

/** Sends a complete response. Returns the number of bytes sent. */
export function send(response: ServerResponse, { status, body, text: plain, headers }: Answer): number {
  const text = Buffer.from(plain ?? JSON.stringify(body));
  if (response.destroyed) return 0;
  response.writeHead(status, {
    'content-type': plain === undefined ? 'application/json' : 'text/plain',
    'content-length': text.length,
    ...headers,
  });
  response.end(text);
  return text.length;
}

/** What the client gets instead of a response if the fault lies between it and Snowflake. */
export function sendBroken(
  response: ServerResponse,
  fault: FaultKind & { kind: 'reset' | 'silence' | 'half-response' | 'garbage' | 'http' },
  { body }: Answer,
): void {
  switch (fault.kind) {
    case 'reset':
      reset(response);
      return;
    case 'silence':
      if (fault.ms !== undefined) {
        setTimeout(() => {
          reset(response);
        }, fault.ms).unref();
      }
      return;
    case 'half-response': {
      const text = Buffer.from(JSON.stringify(body));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
      response.write(text.subarray(0, text.length >> 1), () => response.destroy());
      return;
    }
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(NO_JSON);
      return;
    case 'http': {
      const wait = fault.retryAfterSeconds;
      response.writeHead(fault.status, {
        'content-type': 'text/html',
        ...(wait === undefined ? {} : { 'retry-after': String(wait) }),
      });
      response.end(NO_JSON);
    }
  }
}

/** A TCP reset, as sent by a crashed peer or a firewall. */
function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
