import type { Fault } from '#pipeline';

/** What a code means for the service. */
export interface Rule {
  /** `data`: a row of the statement may be to blame. */
  class: Fault['class'] | 'data';
  /** Follows "Snowflake: ", without a full stop. */
  says: string;
  remedy: string | null;
  /** The original message may be quoted: it names objects, never data. */
  quote?: true;
}

export const transient = (says: string, remedy: string | null = null): Rule => ({
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
const KEY_PAIR = object(
  'the key pair is not accepted',
  'Compare the public key with RSA_PUBLIC_KEY of the user (DESC USER ...), check SNOWFLAKE_USER and ' +
    'SNOWFLAKE_ACCOUNT, and the clock of this machine; for the reason, have an administrator call ' +
    "SYSTEM$GET_LOGIN_FAILURE_DETAILS('...') with the id that the message shows in brackets",
);
const MFA = setup(
  'the user has to log in with multi-factor authentication',
  'Switch to a key pair or an access token: Snowflake does not accept a password alone for this user',
);

/** Known codes. docs/snowflake-protocol.md says where each is known from. */
export const RULES: Readonly<Record<string, Rule>> = {
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
  '000615': transient('the transaction was aborted: something else ended it'),

  // The session
  '390104': transient('the session is no longer valid'),
  '390111': transient('the session no longer exists'),
  '390112': transient('the session has expired'),
  '390113': transient('the session can no longer be renewed'),
  '390114': transient('the session has expired'),
  '390115': transient('the session can no longer be renewed'),
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
  '390144': KEY_PAIR,
  '394300': KEY_PAIR,
  '394301': KEY_PAIR,
  '394302': KEY_PAIR,
  '394303': KEY_PAIR,
  '394304': KEY_PAIR,
  '394305': KEY_PAIR,
  '394306': KEY_PAIR,
  '394307': KEY_PAIR,
  '390189': object(
    'the role cannot be used',
    'Check SNOWFLAKE_ROLE, and grant it to the user: GRANT ROLE ... TO USER ...',
  ),
  // No source that can be cited
  '390186': object(
    'the role cannot be used',
    'Check SNOWFLAKE_ROLE, grant it to the user, and see whether the access token is restricted to another role',
  ),
  '390201': object(
    'a name of the login is missing or not granted',
    'Check SNOWFLAKE_WAREHOUSE, SNOWFLAKE_DATABASE and SNOWFLAKE_SCHEMA, and grant USAGE on them to the role',
  ),
  '390303': setup(
    'the OAuth token is not accepted',
    'Check the security integration: issuer, audience, and the user that its claim maps to',
  ),
  '390309': setup(
    'the OAuth token belongs to another user',
    'Check the security integration: the user that the claim of the token maps to',
  ),
  // No source that can be cited
  '390317': object(
    'the OAuth token does not allow the role',
    'Check SNOWFLAKE_ROLE and SNOWFLAKE_OAUTH_SCOPE (session:role:...), and the default role of the user',
  ),
  '390318': setup('the OAuth token has expired', 'Check the clock of this machine and of the token server'),
  '390420': object('this address is not allowed', NETWORK_POLICY),
  // No source that can be cited
  '390422': object('this address is not allowed', NETWORK_POLICY),
  '390432': setup(
    'the access token may only be used by a user with a network policy',
    "Give the user a network policy that allows this machine's address: ALTER USER ... SET NETWORK_POLICY = ...",
  ),
  '394400': setup(
    'the programmatic access token is not accepted',
    'It may have expired or been revoked: create a new one for SNOWFLAKE_USER and set SNOWFLAKE_TOKEN',
  ),
  // No source that can be cited
  '390197': MFA,
  '394508': MFA,
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
  '100069': data('a text is not valid JSON, or is too large'),
  '100071': data('a value cannot be converted'),
  '100072': data('a required column would be NULL'),
  '100078': data('a text is longer than its column allows'),
  '100082': data('a value is larger than Snowflake allows'),
};
