import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ResponseLimit } from './response-limit.js';

/** The parts of a request and its response that the limit uses. */
function exchange(url: string, socket: object) {
  const response = new EventEmitter();
  return {
    request: { url, socket } as unknown as IncomingMessage,
    response: response as unknown as ServerResponse,
    close: () => response.emit('close'),
  };
}

describe('ResponseLimit', () => {
  it('admits 16 concurrent requests per connection, and more once responses are sent', () => {
    const limit = new ResponseLimit();
    const socket = {};
    const open = Array.from({ length: 16 }, () => exchange('/health', socket));
    for (const { request, response } of open) expect(limit.admit(request, response)).toBe('admitted');
    const next = exchange('/health', socket);
    expect(limit.admit(next.request, next.response)).toBe('flooding');
    const other = exchange('/health', {});
    expect(limit.admit(other.request, other.response)).toBe('admitted');
    open[0]?.close();
    expect(limit.admit(next.request, next.response)).toBe('admitted');
  });

  it('admits 64 concurrent large responses, and still probes', () => {
    const limit = new ResponseLimit();
    const open = Array.from({ length: 64 }, () => exchange('/metrics', {}));
    for (const { request, response } of open) expect(limit.admit(request, response)).toBe('admitted');
    for (const url of ['/metrics', '/', '/page/page.js', '/healthy']) {
      const { request, response } = exchange(url, {});
      expect([url, limit.admit(request, response)]).toEqual([url, 'busy']);
    }
    for (const url of ['/health', '/health/live', '/health?x', '/page/live']) {
      const { request, response } = exchange(url, {});
      expect([url, limit.admit(request, response)]).toEqual([url, 'admitted']);
    }
    open[0]?.close();
    const next = exchange('/metrics', {});
    expect(limit.admit(next.request, next.response)).toBe('admitted');
  });
});
