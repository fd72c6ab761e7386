import { FaultError, type Fault } from '#pipeline';
import { SnowflakeError } from './snowflake-error.js';

interface Rule {
  /** `data`: the rows of the statement are to be looked at one by one. */
  class: Fault['class'] | 'data';
  /** A sentence without an end, after "Snowflake: ". */
  says: string;
  remedy: string | null;
  /** Snowflake's or the driver's own words name objects and never data, and may be shown. */
  quote?: true;
}

const transient = (says: string, remedy: string | null = null): Rule => ({
  class: 'transient',
  says,
  remedy,
});
const setup = (says: string, remedy: string): Rule => ({ class: 'setup', says, remedy });
/** Something that Snowflake names better than we could. */
const object = (says: string, remedy: string): Rule => ({ ...setup(says, remedy), quote: true });
const data = (says: string): Rule => ({ class: 'data', says, remedy: null });

const APPLY_SCHEMA =
  'Run `operator schema plan` to see what is needed, and `operator schema apply` to make it';
const NETWORK_POLICY =
  "Allow this address in the network policy of the account or the user: Snowflake's text names the address";
const RESUME =
  'Resume the warehouse or give it AUTO_RESUME = TRUE: ALTER WAREHOUSE ... SET AUTO_RESUME = TRUE';

/** What is known. The codes were seen in Snowflake's documentation, in its drivers, or in reports of users. */
const RULES: Record<string, Rule> = {
  // Locks and time
  '000625': transient('too many statements wait for the lock of a table of checkpoints'),
  '000627': transient('another transaction has held the lock for longer than SNOWFLAKE_LOCK_TIMEOUT_SECONDS'),
  '000604': transient('the statement was cancelled'),
  '000630': transient(
    'the statement ran for longer than SNOWFLAKE_STATEMENT_TIMEOUT_SECONDS',
    'If this goes on: take a larger warehouse, or raise SNOWFLAKE_STATEMENT_TIMEOUT_SECONDS',
  ),
  '000603': transient('the statement failed inside Snowflake'),
  '090232': transient('the transaction was aborted'),

  // The session
  '390104': transient('the session is no longer valid'),
  '390111': transient('the session no longer exists'),
  '390112': transient('the session has expired'),
  '390114': transient('the session has expired'),
  SESSION_GONE: transient('the session has ended'),
  TRANSACTION_LOST: transient('the transaction was ended by somebody else'),

  // The warehouse
  '000606': object(
    'no warehouse is active',
    'Check SNOWFLAKE_WAREHOUSE, and grant USAGE and OPERATE on it to the role',
  ),
  '000608': object('the warehouse is suspended', RESUME),
  '090073': object(
    'the warehouse has used up its quota',
    'Raise the quota of the resource monitor that is named, or wait for its next period',
  ),
  '390913': setup('the trial of the account has ended', 'Add a way to pay in Snowflake'),

  // Objects and privileges
  '002003': object('a table, or the right to use it, is missing', `${APPLY_SCHEMA}, with its grants`),
  '002043': object('an object, or the right to use it, is missing', `${APPLY_SCHEMA}, with its grants`),
  '003001': object('the role lacks a privilege', `${APPLY_SCHEMA}, with its grants`),
  '000904': object('a table lacks a column', APPLY_SCHEMA),
  '002023': object('a column is of another type', APPLY_SCHEMA),
  '090105': object(
    'the database cannot be used',
    'Check SNOWFLAKE_DATABASE, and grant USAGE on it to the role',
  ),
  '090106': object('the schema cannot be used', 'Check SNOWFLAKE_SCHEMA, and grant USAGE on it to the role'),

  // The login
  '390100': setup(
    'user or password is wrong',
    'Check SNOWFLAKE_USER, SNOWFLAKE_PASSWORD and SNOWFLAKE_ACCOUNT; better, change to a key pair',
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
    'the role cannot be taken',
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
    'It may have expired or been revoked: make a new one for SNOWFLAKE_USER and set SNOWFLAKE_TOKEN',
  ),
  TOKEN_ENDPOINT: object(
    'the OAuth token endpoint gave no token',
    'Check SNOWFLAKE_OAUTH_CLIENT_ID, _SECRET, _TOKEN_URL and _SCOPE',
  ),
  WORKLOAD_IDENTITY: object(
    'the driver cannot log in by workload identity',
    'Check that SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER is where this runs, and that the workload has a role there; for ' +
      "OIDC set SNOWFLAKE_TOKEN_FILE; for a host that is not Snowflake's own set SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES",
  ),
  DRIVER_OPTION: object('the driver refuses an option', 'Check SNOWFLAKE_ACCOUNT and the other settings'),

  // The way there
  HTTP_403: setup(
    'the way there is refused (HTTP 403)',
    'Check SNOWFLAKE_ACCOUNT, the proxy, and whether the account is reached by private link only',
  ),
  HTTP_404: setup(
    'no account answers at this address (HTTP 404)',
    'Check SNOWFLAKE_ACCOUNT (myorg-myaccount) and SNOWFLAKE_ACCESS_URL',
  ),
  HTTP_407: setup(
    'the proxy asks who we are (HTTP 407)',
    'Set SNOWFLAKE_PROXY_USER and SNOWFLAKE_PROXY_PASSWORD',
  ),
  HTTP_401: transient('the session is no longer accepted (HTTP 401)'),
  HTTP_408: transient('the request took too long to arrive (HTTP 408)'),
  HTTP_429: transient('too many requests (HTTP 429)'),
  ENOTFOUND: transient(
    'the name of its address is not known',
    'If this goes on: check SNOWFLAKE_ACCOUNT, SNOWFLAKE_ACCESS_URL and the name server',
  ),
  EAI_AGAIN: transient('the name server does not answer'),
  ECONNREFUSED: transient(
    'nobody listens at its address',
    'If this goes on: check SNOWFLAKE_ACCESS_URL and the proxy',
  ),
  ECONNRESET: transient('the connection was reset'),
  NO_ANSWER: transient('no answer within SNOWFLAKE_REQUEST_TIMEOUT_MS'),
  UNREADABLE_ANSWER: transient('the answer broke off or could not be read'),
  SELF_SIGNED_CERT_IN_CHAIN: setup(
    'its certificate was made by somebody that this machine does not trust',
    'If a proxy opens TLS here, name its certificate in NODE_EXTRA_CA_CERTS',
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: setup(
    'its certificate was made by somebody that this machine does not trust',
    'If a proxy opens TLS here, name its certificate in NODE_EXTRA_CA_CERTS',
  ),

  // A row
  '100035': data('a timestamp is not recognised'),
  '100038': data('a number is not recognised'),
  '100069': data('a text is not taken as JSON'),
  '100071': data('a value cannot be converted'),
  '100072': data('a required column would be NULL'),
  '100078': data('a text is longer than its column takes'),
  '100082': data('a value is larger than Snowflake takes'),
};

/** What the driver said, or we, as a fault. Without event content: most of Snowflake's texts can quote it. */
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

/** Whether rows may be to blame: Snowflake said so, or refused a statement for a reason that nobody here knows. */
export function mayBeData(error: unknown): error is SnowflakeError {
  return error instanceof SnowflakeError && error.isAnswer && (RULES[error.code]?.class ?? 'data') === 'data';
}

/** Why Snowflake does not take a row. */
export function rejection({ code }: SnowflakeError): string {
  const says = RULES[code]?.says ?? 'the row is refused for a reason that is not known here';
  return `Snowflake does not take the row: ${says} (${code})`;
}

function unlisted(code: string): Rule {
  if (code.startsWith('HTTP_'))
    return transient(`it cannot be reached at the moment (${code.replace('_', ' ')})`);
  const rule = transient(`a request failed with the code ${code}`);
  // Node's and OpenSSL's own words are about the connection. Snowflake's numbers may come with words about data.
  return /^(E[A-Z]|CERT_|UNABLE_|DEPTH_|HOSTNAME_)/.test(code) ? { ...rule, quote: true } : rule;
}

/** One line without a token, should a driver ever quote one. */
function oneLine(text: string): string {
  return text
    .replace(/eyJ[\w-]+\.[\w.-]+/g, '[token]')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
