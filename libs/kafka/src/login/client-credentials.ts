import { FaultError, type Fault } from '#pipeline';
import { current, type KafkaSettings } from '#settings';
import { expiryOf, type BearerToken } from './bearer-token.js';

const REQUEST_TIMEOUT_MS = 10_000;
const LONGEST_QUOTE = 200;
/** https://www.rfc-editor.org/rfc/rfc7523#section-2.2 */
const JWT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface Answer {
  access_token?: unknown;
  /** Seconds. */
  expires_in?: unknown;
  error?: unknown;
  error_description?: unknown;
}

/**
 * Requests a token by the client credentials grant. The secret or the assertion is read from its file each time.
 *
 * @throws FaultError: transient if the endpoint does not respond or fails, `setup` if it refuses
 */
export async function requestToken(kafka: KafkaSettings): Promise<BearerToken> {
  const settings = current(kafka);
  const url = settings.oauthTokenUrl ?? '';
  const requestedAt = Date.now();
  const { status, text } = await post(url, request(settings));
  const answer = parsed(text);
  if (status >= 500 || status === 408 || status === 429) throw unavailable(`HTTP status ${status}`);
  const { access_token: value, expires_in: seconds } = answer;
  if (status !== 200 || typeof value !== 'string' || value === '') throw refused(status, answer, settings);
  const expiresAt = Number(seconds) > 0 ? requestedAt + 1_000 * Number(seconds) : expiryOf(value);
  return { value, expiresAt };
}

async function post(url: string, request: RequestInit): Promise<{ status: number; text: string }> {
  const late = new AbortController();
  const watchdog = setTimeout(() => {
    late.abort();
  }, REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, { ...request, signal: late.signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw unavailable(
      late.signal.aborted ? `no response within ${REQUEST_TIMEOUT_MS / 1_000} s` : reasonOf(error),
    );
  } finally {
    clearTimeout(watchdog);
  }
}

function request(settings: KafkaSettings): RequestInit {
  const { oauthClientId: id = '', oauthClientAssertion: assertion } = settings;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (settings.oauthScope !== undefined) form.set('scope', settings.oauthScope);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (assertion !== undefined) {
    form.set('client_id', id);
    form.set('client_assertion_type', JWT_ASSERTION);
    form.set('client_assertion', assertion.reveal());
  } else {
    headers['authorization'] = `Basic ${basic(settings)}`;
  }
  return { method: 'POST', headers, body: form, redirect: 'error' };
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
function basic({ oauthClientId: id = '', oauthClientSecret: secret }: KafkaSettings): string {
  const pair = [id, secret?.reveal() ?? ''].map(encodeURIComponent).join(':');
  return Buffer.from(pair).toString('base64');
}

function parsed(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

function unavailable(why: string): FaultError {
  return fault({
    class: 'transient',
    message: `The OAuth token endpoint gave no token: ${why}`,
    remedy: 'If this lasts, check KAFKA_OAUTH_TOKEN_URL, and the network between this process and it',
  });
}

function refused(status: number, answer: Answer, settings: KafkaSettings): FaultError {
  const said = [answer.error, answer.error_description].filter((part) => typeof part === 'string').join(': ');
  const quote = withoutSecrets(said, settings).replaceAll(/\s+/g, ' ').slice(0, LONGEST_QUOTE);
  const why = quote === '' ? '' : `, ${quote}`;
  return fault({
    class: 'setup',
    message: `The OAuth token endpoint gave no token: HTTP status ${status}${why}`,
    remedy:
      'Check KAFKA_OAUTH_CLIENT_ID, KAFKA_OAUTH_CLIENT_SECRET or _ASSERTION, KAFKA_OAUTH_SCOPE and KAFKA_OAUTH_TOKEN_URL',
  });
}

/** An endpoint may quote the request in its response. */
function withoutSecrets(text: string, settings: KafkaSettings): string {
  return [settings.oauthClientSecret, settings.oauthClientAssertion]
    .flatMap((secret) => (secret === undefined ? [] : [secret.reveal(), encodeURIComponent(secret.reveal())]))
    .concat(basic(settings))
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}

function fault(given: Omit<Fault, 'code'>): FaultError {
  return new FaultError({ ...given, code: 'OAUTH_TOKEN_ENDPOINT' });
}

/** fetch says only that it failed; the cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}
