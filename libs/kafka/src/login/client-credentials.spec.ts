import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { FaultError, type Fault } from '#pipeline';
import { loadKafkaSettings, type KafkaSettings } from '#settings';
import { requestToken } from './client-credentials.js';

const SECRET = 'a+b/c =%d';

interface Received {
  authorization: string | undefined;
  form: URLSearchParams;
}

describe('requestToken', () => {
  const received: Received[] = [];
  let answer: [status: number, body: string];
  const server = createServer((request, response) => {
    void receive(request).then(() => response.writeHead(answer[0]).end(answer[1]));
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function receive(request: IncomingMessage): Promise<void> {
    const form = new URLSearchParams(await text(request));
    received.push({ authorization: request.headers.authorization, form });
  }

  function settings(over: Record<string, string> = { KAFKA_OAUTH_CLIENT_SECRET: SECRET }): KafkaSettings {
    return loadKafkaSettings({
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_OAUTH_TOKEN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
      KAFKA_OAUTH_CLIENT_ID: 'the client',
      ...over,
    }).kafka;
  }

  async function faultFor(status: number, body: string): Promise<Fault> {
    answer = [status, body];
    const error: unknown = await requestToken(settings()).catch((thrown: unknown) => thrown);
    if (!(error instanceof FaultError)) throw new Error(`no fault: ${String(error)}`);
    return error.fault;
  }

  it('sends id and secret as RFC 6749 encodes them, with the scope', async () => {
    answer = [200, '{"access_token":"t","expires_in":"3600"}'];
    const before = Date.now();
    const token = await requestToken(
      settings({ KAFKA_OAUTH_CLIENT_SECRET: SECRET, KAFKA_OAUTH_SCOPE: 'kafka' }),
    );
    expect(token.value).toBe('t');
    expect(token.expiresAt).toBeGreaterThanOrEqual(before + 3_600_000);
    const { authorization = '', form } = received.at(-1) ?? { form: new URLSearchParams() };
    expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe(
      'the%20client:a%2Bb%2Fc%20%3D%25d',
    );
    expect(Object.fromEntries(form)).toEqual({ grant_type: 'client_credentials', scope: 'kafka' });
  });

  it('sends an assertion instead of the secret', async () => {
    answer = [200, '{"access_token":"t","expires_in":60}'];
    await requestToken(settings({ KAFKA_OAUTH_CLIENT_ASSERTION: 'a.b.c' }));
    const { authorization, form } = received.at(-1) ?? { form: new URLSearchParams() };
    expect(authorization).toBeUndefined();
    expect(Object.fromEntries(form)).toMatchObject({
      client_id: 'the client',
      client_assertion: 'a.b.c',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
  });

  it.each([500, 503, 429])('takes status %i for a failure that ends by itself', async (status) => {
    expect(await faultFor(status, 'busy')).toMatchObject({
      class: 'transient',
      message: expect.stringContaining(`HTTP status ${status}`),
      remedy: expect.stringContaining('KAFKA_OAUTH_TOKEN_URL'),
    });
  });

  it.each([
    [400, '{"error":"invalid_scope"}', 'HTTP status 400, invalid_scope'],
    [
      401,
      '{"error":"invalid_client","error_description":"No such\\nclient"}',
      'invalid_client: No such client',
    ],
    [200, '<html>', 'HTTP status 200'],
    [404, '', 'HTTP status 404'],
  ])('takes status %i with %s for one that somebody must mend', async (status, body, says) => {
    expect(await faultFor(status, body)).toMatchObject({
      class: 'setup',
      message: expect.stringContaining(says),
      remedy: expect.stringContaining('KAFKA_OAUTH_CLIENT_SECRET'),
    });
  });

  it('never quotes a secret that the endpoint repeats', async () => {
    const pair = Buffer.from('the%20client:a%2Bb%2Fc%20%3D%25d').toString('base64');
    const body = { error: `wrong: ${SECRET} or ${encodeURIComponent(SECRET)} or ${pair}` };
    const { message } = await faultFor(400, JSON.stringify(body));
    expect(message).toContain('wrong: [secret] or [secret] or [secret]');
  });
});
