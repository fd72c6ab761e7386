import { randomUUID } from 'node:crypto';
import type { SessionOptions } from '../../snowflake/session/session-options.js';
import { requestAccess, type Access } from './access.js';
import { json, retrying, send, type HttpRequest } from './requests.js';
import { STALE_TOKEN, StreamingError } from './streaming-error.js';

/** A channel's state as Snowflake reports it. */
export interface ChannelStatus {
  /** Everything up to the append with this token is in the table; null if nothing is. */
  committedToken: string | null;
  /** Whether rows can be appended without opening the channel again. */
  isUsable: boolean;
  /** The number of rows that were refused since the channel was created. */
  refused: number;
  /** Why the last one was refused; Snowflake omits the data. */
  refusal: string | null;
}

export interface OpenedChannel {
  /** Required by the next append. */
  continuationToken: string;
  status: ChannelStatus;
}

export interface Append {
  continuationToken: string;
  /** The token of the first row, and that of the last one, which becomes the committed token. */
  startToken: string;
  endToken: string;
  /** Newline-delimited JSON, compressed by zstd. */
  body: Uint8Array<ArrayBuffer>;
  /** The size before compression. */
  bytes: number;
}

export type ClientOptions = Pick<
  SessionOptions,
  'account' | 'accessUrl' | 'login' | 'requestTimeoutMs' | 'database' | 'schema'
>;

/** The status code of a channel that works; the documentation has the latter as an example. */
const USABLE = new Set(['SUCCESS', 'ACTIVE']);

/** The four operations of Snowpipe Streaming's REST interface that the engine needs. All throw StreamingError, FaultError. */
export class StreamingClient {
  #access: Promise<Access> | null = null;
  #billedBytes = 0;

  constructor(private readonly options: ClientOptions) {}

  /** Opens or creates a channel. Fences its previous owner, and discards what was not committed. */
  async open(pipe: string, channel: string): Promise<OpenedChannel> {
    const text = await retrying(() =>
      this.#request('PUT', this.#channelPath(pipe, channel), {
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    );
    const { next_continuation_token: token, channel_status: status } = json(text);
    return { continuationToken: requiredText(token), status: toStatus(status as StatusJson) };
  }

  /**
   * Appends rows; returns the token for the next append. Accepted rows are not yet committed.
   *
   * @throws StreamingError APPEND_UNANSWERED if Snowflake may have taken the rows without saying so
   */
  async append(pipe: string, channel: string, append: Append): Promise<string> {
    const { continuationToken, startToken, endToken, body, bytes } = append;
    const query = new URLSearchParams({
      continuationToken,
      startOffsetToken: startToken,
      endOffsetToken: endToken,
      requestId: randomUUID(),
    });
    let isUnanswered = false;
    const text = await retrying(async () => {
      try {
        return await this.#request(
          'POST',
          `${this.#channelPath(pipe, channel, 'data/')}/rows?${query.toString()}`,
          {
            headers: {
              'content-type': 'application/x-ndjson',
              'content-encoding': 'zstd',
              'x-snowflake-uncompressed-content-length': String(bytes),
            },
            body,
          },
        );
      } catch (error) {
        if (isUnanswered && error instanceof StreamingError && error.code === STALE_TOKEN) {
          throw new StreamingError('APPEND_UNANSWERED', '', true);
        }
        isUnanswered ||= error instanceof StreamingError && !error.isAnswer;
        throw error;
      }
    });
    this.#billedBytes += bytes;
    return requiredText(json(text)['next_continuation_token']);
  }

  /** The uncompressed bytes that Snowflake has accepted since the last call. */
  takeBilledBytes(): number {
    const taken = this.#billedBytes;
    this.#billedBytes = 0;
    return taken;
  }

  /** The states of these channels of one pipe, by name; without those that do not exist. */
  async statuses(pipe: string, channels: readonly string[]): Promise<Map<string, ChannelStatus>> {
    const text = await retrying(() =>
      this.#request('POST', `${this.#pipePath(pipe)}:bulk-channel-status`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ channel_names: channels }),
      }),
    );
    const found = (json(text)['channel_statuses'] ?? {}) as Record<string, StatusJson>;
    return new Map(Object.entries(found).map(([name, status]) => [name, toStatus(status)]));
  }

  /** Asks for access again if the token is no longer accepted. */
  async #request(
    method: HttpRequest['method'],
    path: string,
    { headers, body }: Pick<HttpRequest, 'headers' | 'body'>,
  ): Promise<string> {
    const access = await this.#accessNow();
    const sendWith = ({ url, token }: Access) =>
      send(
        {
          method,
          url: url + path,
          headers: { ...headers, authorization: `Bearer ${token}` },
          ...(body && { body }),
        },
        this.options.requestTimeoutMs,
      );
    try {
      return await sendWith(access);
    } catch (error) {
      const isExpired = error instanceof StreamingError && error.isAnswer && isLoginError(error.code);
      if (!isExpired) throw error;
      if ((await this.#accessNow()) === access) this.#access = null;
      return sendWith(await this.#accessNow());
    }
  }

  /** Requested once for concurrent callers. */
  async #accessNow(): Promise<Access> {
    this.#access ??= requestAccess(this.options);
    try {
      return await this.#access;
    } catch (error) {
      this.#access = null;
      throw error;
    }
  }

  #pipePath(pipe: string, prefix = ''): string {
    const { database, schema } = this.options;
    const [d, s, p] = [identifierText(database), identifierText(schema), pipe].map(encodeURIComponent);
    return `/v2/streaming/${prefix}databases/${d ?? ''}/schemas/${s ?? ''}/pipes/${p ?? ''}`;
  }

  #channelPath(pipe: string, channel: string, prefix = ''): string {
    return `${this.#pipePath(pipe, prefix)}/channels/${encodeURIComponent(channel)}`;
  }
}

function isLoginError(code: string): boolean {
  return code === 'HTTP_401' || code.startsWith('390');
}

/** The name without its double quotes, or in upper case, as Snowflake reads it. */
function identifierText(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toUpperCase();
}

interface StatusJson {
  channel_status_code?: string;
  last_committed_offset_token?: string | null;
  /** The bulk status calls it `rows_errors`. */
  rows_error_count?: number | string;
  rows_errors?: number | string;
  last_error_message?: string | null;
}

function toStatus(status: StatusJson): ChannelStatus {
  return {
    committedToken: status.last_committed_offset_token ?? null,
    isUsable: USABLE.has(status.channel_status_code ?? 'SUCCESS'),
    refused: Number(status.rows_error_count ?? status.rows_errors ?? 0),
    refusal: status.last_error_message ?? null,
  };
}

function requiredText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new StreamingError('UNREADABLE_ANSWER', '', false);
}
