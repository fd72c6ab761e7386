import { setTimeout as delay } from 'node:timers/promises';
import { StreamingError } from './streaming-error.js';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

/** The longest wait that Snowflake can ask for. */
const LONGEST_WAIT_MS = 15_000;
/** A body too large, too many requests: their codes are not documented. */
const SAID_BY_STATUS = new Set([413, 429]);
const TRIES = 4;
const FIRST_WAIT_MS = 200;

/**
 * Sends once.
 *
 * @returns the response's body
 * @throws StreamingError
 */
export async function send({ url, ...request }: HttpRequest, timeoutMs: number): Promise<string> {
  let response: Response;
  let text: string;
  const late = new AbortController();
  const watchdog = setTimeout(() => {
    late.abort();
  }, timeoutMs);
  try {
    response = await fetch(url, { ...request, signal: late.signal });
    text = await response.text();
  } catch (error) {
    throw new StreamingError(late.signal.aborted ? 'NO_ANSWER' : networkCode(error), '', false);
  } finally {
    clearTimeout(watchdog);
  }
  if (response.ok) return text;
  const { code, message } = parsed(text);
  const { status } = response;
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  throw new StreamingError(
    code === '' || SAID_BY_STATUS.has(status) ? `HTTP_${status}` : code,
    message,
    status < 500 && status !== 408,
    Number.isFinite(seconds) ? seconds * 1_000 : 0,
  );
}

/** @throws StreamingError if the text is no JSON, because it was cut off */
export function json(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new StreamingError('UNREADABLE_ANSWER', '', false);
  }
}

/**
 * Sends again after failures that a moment may heal: the network's, those of the server, and too many requests.
 *
 * @param attempt sends once
 * @throws StreamingError the last one
 */
export async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StreamingError) || tries >= TRIES || !isPassing(error)) throw error;
      const waitMs = Math.max(
        error.retryAfterMs,
        FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2),
      );
      await delay(Math.min(waitMs, LONGEST_WAIT_MS));
    }
  }
}

function isPassing({ isAnswer, code, retryAfterMs }: StreamingError): boolean {
  // The time-out is long enough.
  if (code === 'NO_ANSWER') return false;
  return !isAnswer || code === 'HTTP_429' || code === 'STALE_PIPE_CACHE' || retryAfterMs > 0;
}

function parsed(text: string): { code: string; message: string } {
  try {
    const { code, error_code: other, message } = JSON.parse(text) as Record<string, unknown>;
    return { code: textOf(code) || textOf(other), message: textOf(message) };
  } catch {
    return { code: '', message: '' };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The cause is a DNS, TLS or socket error with a code of its own. */
function networkCode(error: unknown): string {
  const { cause } = error as { cause?: { code?: string } };
  const code = cause?.code ?? 'ECONNRESET';
  return code.startsWith('UND_ERR') ? 'ECONNRESET' : code;
}
