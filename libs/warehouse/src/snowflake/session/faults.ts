import { FaultError, type Fault } from '#pipeline';
import { SnowflakeError } from './snowflake-error.js';

interface Rule {
  /** `data`: a row of the statement may be to blame. */
  class: Fault['class'] | 'data';
  /** Follows "Snowflake: ", without a full stop. */
  says: string;
  remedy: string | null;
  /** The original message may be quoted: it names objects, never data. */
  quote?: true;
}

const transient = (says: string, remedy: string | null = null): Rule => ({
  class: 'transient',
  says,
  remedy,
});
const setup = (says: string, remedy: string): Rule => ({ class: 'setup', says, remedy });
/** Snowflake's own message says which object is meant. */
const object = (says: string, remedy: string): Rule => ({ ...setup(says, remedy), quote: true });
const data = (says: string): Rule => ({ class: 'data', says, remedy: null });

const APPLY_SCHEMA =
  'Run `operator schema plan` to see what is needed, and `operator schema apply` to create it';
const NETWORK_POLICY =
  "Allow this address in the network policy of the account or the user: Snowflake's message names the address";
const RESUME =
  'Resume the warehouse or give it AUTO_RESUME = TRUE: ALTER WAREHOUSE ... SET AUTO_RESUME = TRUE';

/** Known codes, from Snowflake's documentation, its drivers, or user reports. */
const RULES: Record<string, Rule> = {
  // Locks and time
  '000625': transient('too many statements are waiting for the lock of a checkpoint table'),
  '000627': transient('another transaction has held the lock for longer than SNOWFLAKE_LOCK_TIMEOUT_SECONDS'),
  '200001': transient('the hybrid table has a row with this primary key: another owner has just created it'),
  '000604': transient('the statement was cancelled'),
  '000630': transient(
    'the statement ran for longer than SNOWFLAKE_STATEMENT_TIMEOUT_SECONDS',
    'If this persists: use a larger warehouse, or raise SNOWFLAKE_STATEMENT_TIMEOUT_SECONDS',
  ),
  '000603': transient('the statement failed inside Snowflake'),
  '090232': transient('the transaction was aborted'),

  // The session
  '390104': transient('the session is no longer valid'),
  '390111': transient('the session no longer exists'),
  '390112': transient('the session has expired'),
  '390114': transient('the session has expired'),
  SESSION_GONE: transient('the session has ended'),
  OLD_READ: transient('a query does not see yet what another session has committed'),
  TRANSACTION_LOST: transient('somebody else ended the transaction'),

  // The warehouse
  '000606': object(
    'no warehouse is active',
    'Check SNOWFLAKE_WAREHOUSE, and grant USAGE and OPERATE on it to the role',
  ),
  '000608': object('the warehouse is suspended', RESUME),
  '090073': object(
    'the warehouse has used up its quota',
    'Raise the quota of the named resource monitor, or wait for its next period',
  ),
  '000666': object('the account is suspended', "Ask the account's owner: its payment method may be missing"),
  '390913': setup('the trial of the account has ended', 'Add a payment method in Snowflake'),

  // Objects and privileges
  '002003': object('a table, or the right to use it, is missing', `${APPLY_SCHEMA}, with its grants`),
  '002043': object('an object, or the right to use it, is missing', `${APPLY_SCHEMA}, with its grants`),
  '003001': object('the role lacks a privilege', `${APPLY_SCHEMA}, with its grants`),
  '000904': object('a table lacks a column', APPLY_SCHEMA),
  '002023': object('a column has the wrong type', APPLY_SCHEMA),
  '090105': object(
    'the database cannot be used',
    'Check SNOWFLAKE_DATABASE, and grant USAGE on it to the role',
  ),
  '090106': object('the schema cannot be used', 'Check SNOWFLAKE_SCHEMA, and grant USAGE on it to the role'),

  // The login
  '390100': setup(
    'user or password is wrong',
    'Check SNOWFLAKE_USER, SNOWFLAKE_PASSWORD and SNOWFLAKE_ACCOUNT; better, switch to a key pair',
  ),
  '390101': setup('the user is disabled', 'Have it enabled: ALTER USER ... SET DISABLED = FALSE'),
  '390102': setup(
    'the user is locked after failed logins',
    'Wait 15 minutes, or have it unlocked: ALTER USER ... SET MINS_TO_UNLOCK = 0',
  ),
  '390144': setup(
    'the key pair is not accepted',
    'Compare the public key with RSA_PUBLIC_KEY of the user (DESC USER ...), check SNOWFLAKE_USER and ' +
      'SNOWFLAKE_ACCOUNT, and the clock of this machine',
  ),
  '390189': object(
    'the role cannot be used',
    'Check SNOWFLAKE_ROLE, and grant it to the user: GRANT ROLE ... TO USER ...',
  ),
  '390201': object(
    'a name of the login is missing or not granted',
    'Check SNOWFLAKE_WAREHOUSE, SNOWFLAKE_DATABASE and SNOWFLAKE_SCHEMA, and grant USAGE on them to the role',
  ),
  '390303': setup(
    'the OAuth token is not accepted',
    'Check the security integration: issuer, audience, and the user that its claim maps to',
  ),
  '390318': setup('the OAuth token has expired', 'Check the clock of this machine and of the token server'),
  '390420': object('this address is not allowed', NETWORK_POLICY),
  '390422': object('this address is not allowed', NETWORK_POLICY),
  '394400': setup(
    'the programmatic access token is not accepted',
    'It may have expired or been revoked: create a new one for SNOWFLAKE_USER and set SNOWFLAKE_TOKEN',
  ),
  TOKEN_ENDPOINT: object(
    'the OAuth token endpoint returned no token',
    'Check SNOWFLAKE_OAUTH_CLIENT_ID, _SECRET, _TOKEN_URL and _SCOPE',
  ),
  WORKLOAD_IDENTITY: object(
    'the driver cannot log in by workload identity',
    'Check that SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER is the cloud this runs in, and that the workload has a role there; for ' +
      "OIDC set SNOWFLAKE_TOKEN_FILE; for a host that is not Snowflake's own set SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES",
  ),
  DRIVER_OPTION: object('the driver refuses an option', 'Check SNOWFLAKE_ACCOUNT and the other settings'),

  // The network
  HTTP_403: setup(
    'access was refused (HTTP 403)',
    'Check SNOWFLAKE_ACCOUNT, the proxy, and whether the account is reachable only by private link',
  ),
  HTTP_404: setup(
    'there is no account at this address (HTTP 404)',
    'Check SNOWFLAKE_ACCOUNT (myorg-myaccount) and SNOWFLAKE_ACCESS_URL',
  ),
  HTTP_407: setup(
    'the proxy requires authentication (HTTP 407)',
    'Set SNOWFLAKE_PROXY_USER and SNOWFLAKE_PROXY_PASSWORD',
  ),
  HTTP_401: transient('the session is no longer accepted (HTTP 401)'),
  HTTP_408: transient('the request took too long to arrive (HTTP 408)'),
  HTTP_413: transient(
    'a statement is too large (HTTP 413)',
    'Lists of rows are sent in smaller statements by themselves; for anything else, raise the limit of the proxy',
  ),
  HTTP_429: transient('too many requests (HTTP 429)'),
  ENOTFOUND: transient(
    'its host name cannot be resolved',
    'If this persists: check SNOWFLAKE_ACCOUNT, SNOWFLAKE_ACCESS_URL and the DNS server',
  ),
  EAI_AGAIN: transient('the DNS server does not respond'),
  ECONNREFUSED: transient(
    'the connection was refused',
    'If this persists: check SNOWFLAKE_ACCESS_URL and the proxy',
  ),
  ECONNRESET: transient('the connection was reset'),
  NO_ANSWER: transient('no response within SNOWFLAKE_REQUEST_TIMEOUT_MS'),
  UNREADABLE_ANSWER: transient('the response was cut off or could not be read'),
  SELF_SIGNED_CERT_IN_CHAIN: setup(
    'its certificate was issued by an authority that this machine does not trust',
    "If a proxy intercepts TLS, name the proxy's CA certificate in NODE_EXTRA_CA_CERTS",
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: setup(
    'its certificate was issued by an authority that this machine does not trust',
    "If a proxy intercepts TLS, name the proxy's CA certificate in NODE_EXTRA_CA_CERTS",
  ),

  // Data
  '100035': data('a timestamp is not recognised'),
  '100038': data('a number is not recognised'),
  '100069': data('a text is not valid JSON'),
  '100071': data('a value cannot be converted'),
  '100072': data('a required column would be NULL'),
  '100078': data('a text is longer than its column allows'),
  '100082': data('a value is larger than Snowflake allows'),
};

/** Converts an error to a fault without event content, which most of Snowflake's messages can quote. */
export function toFault(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  if (!(error instanceof SnowflakeError)) throw error;
  const { code, text } = error;
  const rule = RULES[code] ?? unlisted(code);
  const words = rule.quote === true ? `: ${oneLine(text)}` : '';
  return {
    class: rule.class === 'setup' ? 'setup' : 'transient',
    code,
    message: `Snowflake: ${rule.says}${words}`,
    remedy: rule.remedy,
  };
}

/** Whether rows may be to blame: Snowflake said so, or refused a statement with an unknown code. */
export function mayBeData(error: unknown): error is SnowflakeError {
  return error instanceof SnowflakeError && error.isAnswer && (RULES[error.code]?.class ?? 'data') === 'data';
}

/** Why Snowflake refused a row. */
export function rejection({ code }: SnowflakeError): string {
  const says = RULES[code]?.says ?? 'unknown code';
  return `Snowflake refused the row: ${says} (${code})`;
}

function unlisted(code: string): Rule {
  if (code.startsWith('HTTP_'))
    return transient(`it cannot be reached at the moment (${code.replace('_', ' ')})`);
  const rule = transient(`a request failed with code ${code}`);
  // Messages of Node and OpenSSL are about the connection. Messages with Snowflake's numeric codes may quote data.
  return /^(E[A-Z]|CERT_|UNABLE_|DEPTH_|HOSTNAME_)/.test(code) ? { ...rule, quote: true } : rule;
}

/** Reduces the text to one line, without tokens, in case a driver ever quotes one. */
export function oneLine(text: string): string {
  return text
    .replace(/eyJ[\w-]+\.[\w.-]+/g, '[token]')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
