import { createHash, createPrivateKey, createPublicKey, createSign } from 'node:crypto';
import { FaultError } from '#pipeline';
import { credentials, type Login } from '../../snowflake/session/authentication.js';
import { valueOf, type SessionOptions } from '../../snowflake/session/session-options.js';
import { json, send } from './requests.js';
import { StreamingError } from './streaming-error.js';

/** Where to send requests, and with which token. */
export interface Access {
  /** The address of the account's ingest host. */
  url: string;
  /** Valid for Snowpipe Streaming only, for about an hour. */
  token: string;
}

export type AccessOptions = Pick<SessionOptions, 'account' | 'accessUrl' | 'login' | 'requestTimeoutMs'>;

const JWT_SECONDS = 3_540;
/** https://docs.snowflake.com/user-guide/snowpipe-streaming/snowpipe-streaming-high-performance-rest-api */
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/**
 * Asks for the ingest host, and exchanges the credentials for a token.
 *
 * @throws StreamingError; FaultError if these credentials cannot be used
 */
export async function requestAccess(options: AccessOptions): Promise<Access> {
  const { account, accessUrl, requestTimeoutMs } = options;
  const accountUrl = accessUrl ?? `https://${account.replaceAll('_', '-')}.snowflakecomputing.com`;
  const proof = await proofOf(valueOf(options.login), account, requestTimeoutMs);
  const headers = {
    authorization: `Bearer ${proof.token}`,
    'x-snowflake-authorization-token-type': proof.kind,
  };
  const hostname = await send(
    { method: 'GET', url: new URL('/v2/streaming/hostname', accountUrl).href, headers },
    requestTimeoutMs,
  );
  const scope = field(hostname, 'hostname', HOST_NAME);
  // TLS certificates do not allow underscores.
  const url = `${new URL(accountUrl).protocol}//${scope.replaceAll('_', '-')}`;
  const token = await send(
    {
      method: 'POST',
      url: `${url}/oauth/token`,
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: JWT_GRANT, scope }).toString(),
    },
    requestTimeoutMs,
  );
  return { url, token: field(token, 'token', TOKEN) };
}

const HOST_NAME = /^[\w.-]+(:\d+)?$/;
/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[\w.~+/=:-]+$/;

/** The response is documented as JSON; Snowflake also sends the bare text. A proxy may send something else. */
function field(text: string, name: string, pattern: RegExp): string {
  const value = text.trimStart().startsWith('{') ? json(text)[name] : text.trim();
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new StreamingError('UNREADABLE_ANSWER', '', false);
}

interface Proof {
  kind: 'KEYPAIR_JWT' | 'OAUTH' | 'PROGRAMMATIC_ACCESS_TOKEN' | 'WORKLOAD_IDENTITY_FEDERATION';
  token: string;
}

async function proofOf(login: Login, account: string, timeoutMs: number): Promise<Proof> {
  switch (login.kind) {
    case 'key_pair':
      return { kind: 'KEYPAIR_JWT', token: keyPairToken(login, account) };
    case 'programmatic_access_token':
      return { kind: 'PROGRAMMATIC_ACCESS_TOKEN', token: login.token.reveal() };
    case 'oauth_client_credentials':
      return { kind: 'OAUTH', token: await clientToken(login, timeoutMs) };
    case 'workload_identity':
      return { kind: 'WORKLOAD_IDENTITY_FEDERATION', token: `WIF.OIDC.${attestation(login)}` };
    case 'password':
      throw notAccepted('a password');
  }
}

/** https://docs.snowflake.com/en/developer-guide/snowflake-rest-api/authentication */
function attestation({ provider, token }: Login & { kind: 'workload_identity' }): string {
  // The driver asks the cloud itself, and shares neither the token nor how it gets one.
  if (provider !== 'OIDC' || token === undefined) throw notAccepted(`a workload identity of ${provider}`);
  return token.reveal().trim();
}

function notAccepted(what: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'STREAMING_LOGIN',
    message: `The service cannot log in to Snowpipe Streaming with ${what}`,
    remedy:
      'Use a key pair (SNOWFLAKE_PRIVATE_KEY), OAuth, a programmatic access token, or a workload identity of OIDC',
  });
}

/** https://docs.snowflake.com/en/developer-guide/sql-api/authenticating */
function keyPairToken(login: Login & { kind: 'key_pair' }, account: string): string {
  const key = createPrivateKey(String(credentials(login).privateKey));
  const publicKey = createPublicKey(key.export({ format: 'pem', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  });
  const fingerprint = createHash('sha256').update(publicKey).digest('base64');
  // A legacy account locator is followed by its region, which is not part of the name.
  const name = (account.split('.')[0] ?? account).toUpperCase();
  const subject = `${name}.${login.user.toUpperCase()}`;
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: `${subject}.SHA256:${fingerprint}`, sub: subject, iat: now, exp: now + JWT_SECONDS };
  const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url')}`;
}

async function clientToken(
  { clientId, clientSecret, tokenUrl, scope }: Login & { kind: 'oauth_client_credentials' },
  timeoutMs: number,
): Promise<string> {
  const basic = Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64');
  const form = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) };
  try {
    const text = await send(
      {
        method: 'POST',
        url: tokenUrl,
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(form).toString(),
      },
      timeoutMs,
    );
    return field(text, 'access_token', TOKEN);
  } catch (error) {
    if (!(error instanceof StreamingError) || !error.isAnswer) throw error;
    throw new FaultError({
      class: 'setup',
      code: 'TOKEN_ENDPOINT',
      message: `The OAuth token endpoint returned no token (${error.code})`,
      remedy: 'Check SNOWFLAKE_OAUTH_CLIENT_ID, _SECRET, _TOKEN_URL and _SCOPE',
    });
  }
}
