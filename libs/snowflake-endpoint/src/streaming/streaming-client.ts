import { randomUUID } from 'node:crypto';

export interface StreamingResponse {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A minimal client of Snowpipe Streaming for the endpoint's own tests. */
export class StreamingClient {
  token = 'Bearer anything';
  /** The type of an account's own token; null for a scoped token. */
  tokenType: string | null = 'OAUTH';
  /** The last continuation token. */
  continuation = '';

  constructor(
    private readonly url: string,
    private readonly pipe: string,
    private readonly place = 'databases/CAVES_ALBERT/schemas/RAW_DATA',
  ) {}

  async open(channel: string, body: object = {}): Promise<StreamingResponse> {
    return this.continued(await this.send('PUT', this.channelPath(channel), JSON.stringify(body)));
  }

  async append(channel: string, rows: readonly object[], query: Record<string, string> = {}) {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    return this.appendBytes(channel, lines, query);
  }

  async appendBytes(
    channel: string,
    bytes: string | Uint8Array<ArrayBuffer>,
    query: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<StreamingResponse> {
    const parameters = new URLSearchParams({
      continuationToken: this.continuation,
      requestId: randomUUID(),
      ...query,
    });
    const path = `/v2/streaming/data/${this.place}/pipes/${this.pipe}/channels/${channel}/rows?${parameters.toString()}`;
    return this.continued(
      await this.send('POST', path, bytes, { 'content-type': 'application/x-ndjson', ...headers }),
    );
  }

  async status(channel: string): Promise<Record<string, unknown> | undefined> {
    const path = `/v2/streaming/${this.place}/pipes/${this.pipe}:bulk-channel-status`;
    const { body } = await this.send('POST', path, JSON.stringify({ channel_names: [channel] }));
    return (body['channel_statuses'] as Record<string, Record<string, unknown>>)[channel];
  }

  async drop(channel: string, body: object = {}): Promise<StreamingResponse> {
    return this.send('DELETE', this.channelPath(channel), JSON.stringify(body));
  }

  async send(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<StreamingResponse> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: this.token,
        'content-type': 'application/json',
        ...(this.tokenType === null ? {} : { 'x-snowflake-authorization-token-type': this.tokenType }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: answer };
  }

  private continued(response: StreamingResponse): StreamingResponse {
    const { next_continuation_token: next } = response.body;
    if (typeof next === 'string') this.continuation = next;
    return response;
  }

  private channelPath(channel: string): string {
    return `/v2/streaming/${this.place}/pipes/${this.pipe}/channels/${channel}`;
  }
}
