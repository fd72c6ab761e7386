import {
  HOST,
  HTTP_URL,
  integer,
  oneOf,
  PKCS8_KEY,
  PORT,
  SECRET,
  SNOWFLAKE_IDENTIFIER,
  text,
  WORDS,
} from '../kinds/index.js';
import { Secret } from '../kinds/secret.js';
import { Setting } from './setting.js';
import { AUTHENTICATORS, firstWithCredential, type SnowflakeAuthenticator } from './snowflake-login.js';

/** Read only if WAREHOUSE is snowflake. */
export class SnowflakeSettings {
  @Setting({
    key: 'SNOWFLAKE_ACCOUNT',
    kind: text(
      /^(?!.*\.snowflakecomputing\.)[a-z\d][a-z\d_.-]{0,254}$/i,
      'an account identifier such as myorg-myaccount, without https:// and .snowflakecomputing.com',
    ),
    required: true,
    description: 'The account identifier, such as myorg-myaccount. Required.',
  })
  readonly account!: string;

  @Setting({
    key: 'SNOWFLAKE_USER',
    kind: WORDS,
    description:
      'The user to log in as. Required, except for oauth_client_credentials and workload_identity.',
  })
  readonly user: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_WAREHOUSE',
    kind: SNOWFLAKE_IDENTIFIER,
    required: true,
    description: 'The virtual warehouse to use. Required.',
  })
  readonly warehouse!: string;

  @Setting({
    key: 'SNOWFLAKE_DATABASE',
    kind: SNOWFLAKE_IDENTIFIER,
    required: true,
    description:
      'The database. Required. Like all Snowflake names, it is upper-cased unless it is in double quotes.',
  })
  readonly database!: string;

  @Setting({
    key: 'SNOWFLAKE_SCHEMA',
    kind: SNOWFLAKE_IDENTIFIER,
    default: 'RAW_DATA',
    description: 'The schema that holds the tables.',
  })
  readonly schema!: string;

  @Setting({
    key: 'SNOWFLAKE_INGEST',
    kind: oneOf(['sql', 'streaming']),
    default: 'sql',
    description:
      'How events are written: sql (one transaction per batch), or streaming (Snowpipe Streaming: cheaper, some seconds later).',
  })
  readonly ingest!: 'sql' | 'streaming';

  @Setting({
    key: 'SNOWFLAKE_ROLE',
    kind: SNOWFLAKE_IDENTIFIER,
    description: "The role to use, if not the user's default role.",
  })
  readonly role: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_ACCESS_URL',
    kind: HTTP_URL,
    description:
      'The URL of the account, if not the default one: for private connectivity or a local endpoint.',
  })
  readonly accessUrl: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_AUTHENTICATOR',
    kind: oneOf(AUTHENTICATORS),
    default: { text: 'chosen by the credential that is set', from: ({ keys }) => firstWithCredential(keys) },
    description: `The login method: ${AUTHENTICATORS.join(', ')}.`,
  })
  readonly authenticator!: SnowflakeAuthenticator;

  @Setting({
    key: 'SNOWFLAKE_PRIVATE_KEY',
    kind: PKCS8_KEY,
    description: 'For key_pair: the PKCS#8 key in PEM; `SNOWFLAKE_PRIVATE_KEY_FILE` names its file.',
  })
  readonly privateKey: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE',
    kind: SECRET,
    description: 'The passphrase of an encrypted private key.',
  })
  readonly privateKeyPassphrase: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_TOKEN',
    kind: SECRET,
    description: 'For programmatic_access_token, and for workload_identity with OIDC: the token.',
  })
  readonly token: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_CLIENT_ID',
    kind: WORDS,
    description: 'For oauth_client_credentials: the client ID.',
  })
  readonly oauthClientId: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_CLIENT_SECRET',
    kind: SECRET,
    description: 'For oauth_client_credentials: the client secret.',
  })
  readonly oauthClientSecret: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_TOKEN_URL',
    kind: HTTP_URL,
    description: 'For oauth_client_credentials: the token endpoint.',
  })
  readonly oauthTokenUrl: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_SCOPE',
    kind: WORDS,
    description: 'For oauth_client_credentials: the scope to request.',
  })
  readonly oauthScope: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER',
    kind: oneOf(['AWS', 'AZURE', 'GCP', 'OIDC']),
    description: 'For workload_identity: AWS, AZURE, GCP or OIDC.',
  })
  readonly workloadIdentityProvider: 'AWS' | 'AZURE' | 'GCP' | 'OIDC' | undefined;

  @Setting({
    key: 'SNOWFLAKE_PASSWORD',
    kind: SECRET,
    description: "For password, which Snowflake is phasing out for service users: the user's password.",
  })
  readonly password: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_LOCK_TIMEOUT_SECONDS',
    // A pod aborts a transaction that has held a lock for this long. Others assume that a shorter one committed.
    kind: integer(5, 3_600),
    default: '60',
    description: 'How long a statement waits for a lock that another transaction holds.',
  })
  readonly lockTimeoutSeconds!: number;

  @Setting({
    key: 'SNOWFLAKE_STATEMENT_TIMEOUT_SECONDS',
    kind: integer(1, 3_600),
    default: '120',
    description: 'Snowflake aborts a statement that runs longer than this.',
  })
  readonly statementTimeoutSeconds!: number;

  @Setting({
    key: 'SNOWFLAKE_REQUEST_TIMEOUT_MS',
    kind: integer(100, 3_600_000),
    default: '150000',
    description: 'A request without a response for this long counts as lost, together with its connection.',
  })
  readonly requestTimeoutMs!: number;

  @Setting({
    key: 'SNOWFLAKE_MAX_BIND_BYTES',
    kind: integer(1_024, 67_108_864),
    default: '1000000',
    description:
      'Maximum size of the rows in one statement, in bytes as sent (compressed); a larger batch takes several statements.',
  })
  readonly maxBindBytes!: number;

  @Setting({
    key: 'SNOWFLAKE_QUERY_TAG',
    kind: WORDS,
    description: 'QUERY_TAG of the sessions, instead of service, version and pod.',
  })
  readonly queryTag: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_PROXY_HOST',
    kind: HOST,
    description: 'Host name of an HTTP proxy for Snowflake.',
  })
  readonly proxyHost: string | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_PORT', kind: PORT, description: 'Port of the proxy.' })
  readonly proxyPort: number | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_USER', kind: WORDS, description: 'User name for the proxy.' })
  readonly proxyUser: string | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_PASSWORD', kind: SECRET, description: "That user's password." })
  readonly proxyPassword: Secret | undefined;
}
