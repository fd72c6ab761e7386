import { theWorld } from '../../time/world.js';
import type { Conditions } from '../conditions.js';
import { Request } from '../request.js';

/** A request of Snowpipe Streaming. */
export interface StreamedRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  bytes: Buffer;
}

export interface StreamedAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Where requests of Snowpipe Streaming go. */
export interface StreamedAccount {
  readonly conditions: Conditions;
  stream(request: StreamedRequest): Promise<StreamedAnswer>;
}

let current: StreamedAccount | null = null;

/** The account that `fetch` sends requests to from now on. */
export function streamTo(account: StreamedAccount): void {
  current = account;
}

/** Replaces `fetch`, as far as the product uses it: a request goes through the world's network to the account. */
export async function simulatedFetch(input: string, init: RequestInit = {}): Promise<Response> {
  const account = current;
  if (account === null) throw new Error('there is no account');
  const { method = 'GET', headers, body, signal } = init;
  const url = new URL(input);
  const request: StreamedRequest = {
    method,
    url,
    headers: Object.fromEntries(new Headers(headers)),
    bytes: Buffer.from((body ?? '') as string | Uint8Array),
  };
  const what = `${method} ${url.pathname.split('/').slice(-2).join('/')}`;
  const answered = new Request(what, theWorld().process, account.conditions, null).ask<StreamedAnswer>(
    (reply) => {
      void account.stream(request).then(reply);
    },
  );
  const aborted = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => {
    aborted.reject(new DOMException('This operation was aborted', 'AbortError'));
  });
  const answer = await Promise.race([answered, aborted.promise]);
  if (!answer.isLost) return responseOf(answer.value);
  if (answer.code === 'HTTP_503') return responseOf({ status: 503, headers: {}, text: '' });
  throw new TypeError('fetch failed', { cause: { code: answer.code } });
}

/** Node's own responses read their bodies outside of virtual time. */
function responseOf({ status, headers, text }: StreamedAnswer): Response {
  const ok = status >= 200 && status < 300;
  return { ok, status, headers: new Headers(headers), text: async () => text } as Response;
}
