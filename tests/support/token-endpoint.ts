import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

export const CLIENT_ID = 'sales-events-ingester';
export const AUDIENCE = 'kafka.caves-albert.example';
const ISSUER = 'https://login.caves-albert.example';

const OAUTH = 'org.apache.kafka.common.security.oauthbearer';

/** An OAuth 2.0 token endpoint for one client, and the key by which a broker verifies its tokens. */
export class TokenEndpoint {
  /** How long its tokens are valid. */
  lifeSeconds = 3_600;
  /** The HTTP status of all responses instead of a token; null if it works. */
  failure: number | null = null;
  /** What it responded to, in order. */
  readonly statuses: number[] = [];
  readonly tokens: string[] = [];
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

  private constructor(
    private readonly server: Server,
    readonly clientSecret: string,
    readonly clientAssertion: string,
  ) {}

  static async start(clientSecret: string, clientAssertion: string): Promise<TokenEndpoint> {
    const server = createServer();
    const endpoint = new TokenEndpoint(server, clientSecret, clientAssertion);
    server.on('request', (request, response) => {
      void endpoint.#respond(request).then(({ status, body }) => {
        endpoint.statuses.push(status);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/oauth2/token`;
  }

  /** Server properties and Java options of a broker whose TLS listener accepts only tokens of this endpoint. */
  async brokerOptions(folder: string): Promise<{ extra: Record<string, string>; javaOptions: string[] }> {
    const file = join(folder, 'jwks.json');
    const jwk = { ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' };
    await writeFile(file, JSON.stringify({ keys: [jwk] }));
    const jwks = pathToFileURL(file).href;
    const listener = 'listener.name.sasl_ssl.oauthbearer.sasl';
    return {
      extra: {
        'sasl.enabled.mechanisms': 'OAUTHBEARER',
        [`${listener}.jaas.config`]: `${OAUTH}.OAuthBearerLoginModule required;`,
        [`${listener}.server.callback.handler.class`]: `${OAUTH}.OAuthBearerValidatorCallbackHandler`,
        // The default validator checks no signature.
        'sasl.oauthbearer.jwt.validator.class': `${OAUTH}.BrokerJwtValidator`,
        'sasl.oauthbearer.jwks.endpoint.url': jwks,
        'sasl.oauthbearer.expected.audience': AUDIENCE,
        'sasl.oauthbearer.expected.issuer': ISSUER,
      },
      javaOptions: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwks}`],
    };
  }

  /** A signed token. */
  token(claims: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1_000);
    const all = {
      sub: CLIENT_ID,
      iss: ISSUER,
      aud: AUDIENCE,
      iat: now,
      exp: now + this.lifeSeconds,
      jti: randomUUID(),
    };
    const unsigned = [
      { alg: 'RS256', kid: 'k' },
      { ...all, ...claims },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const token = `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(this.#keys.privateKey, 'base64url')}`;
    this.tokens.push(token);
    return token;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async #respond(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const form = new URLSearchParams(await text(request));
    if (this.failure !== null) return { status: this.failure, body: {} };
    if (form.get('grant_type') !== 'client_credentials')
      return { status: 400, body: { error: 'unsupported_grant_type' } };
    if (!this.#isClient(request.headers.authorization ?? '', form)) {
      const description = `Unknown client: ${request.headers.authorization ?? ''} ${form.toString()}`;
      return { status: 401, body: { error: 'invalid_client', error_description: description } };
    }
    if (form.get('scope') === 'nothing') return { status: 400, body: { error: 'invalid_scope' } };
    return {
      status: 200,
      body: { access_token: this.token(), token_type: 'Bearer', expires_in: this.lifeSeconds },
    };
  }

  #isClient(authorization: string, form: URLSearchParams): boolean {
    if (form.has('client_assertion'))
      return form.get('client_assertion') === this.clientAssertion && form.get('client_id') === CLIENT_ID;
    const pair = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':');
    return pair.map(decodeURIComponent).join(':') === `${CLIENT_ID}:${this.clientSecret}`;
  }
}
