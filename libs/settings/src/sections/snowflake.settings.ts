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
} from '../kinds.js';
import { Secret } from '../secret.js';
import { Setting } from '../setting.js';
import { AUTHENTICATORS, firstWithCredential, type SnowflakeAuthenticator } from '../snowflake-login.js';

/** Read only where WAREHOUSE is snowflake. */
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
    description: 'The user to log in. Required, but for oauth_client_credentials and workload_identity.',
  })
  readonly user: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_WAREHOUSE',
    kind: SNOWFLAKE_IDENTIFIER,
    required: true,
    description: 'The virtual warehouse that does the work. Required.',
  })
  readonly warehouse!: string;

  @Setting({
    key: 'SNOWFLAKE_DATABASE',
    kind: SNOWFLAKE_IDENTIFIER,
    required: true,
    description:
      'The database. Required. Like all names in Snowflake, upper-cased unless it stands in double quotes.',
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
    key: 'SNOWFLAKE_ROLE',
    kind: SNOWFLAKE_IDENTIFIER,
    description: "The role to work as, where it is not the user's default.",
  })
  readonly role: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_ACCESS_URL',
    kind: HTTP_URL,
    description:
      "Address to reach the account at, where it is not the account's own: private link, or a local endpoint.",
  })
  readonly accessUrl: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_AUTHENTICATOR',
    kind: oneOf(AUTHENTICATORS),
    default: { text: 'by the credential that is given', from: ({ keys }) => firstWithCredential(keys) },
    description: `How to log in: ${AUTHENTICATORS.join(', ')}.`,
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
    description: 'What opens the private key, where it is encrypted.',
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
    description: 'For oauth_client_credentials: the client.',
  })
  readonly oauthClientId: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_CLIENT_SECRET',
    kind: SECRET,
    description: "For oauth_client_credentials: the client's secret.",
  })
  readonly oauthClientSecret: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_TOKEN_URL',
    kind: HTTP_URL,
    description: 'For oauth_client_credentials: where tokens are asked for.',
  })
  readonly oauthTokenUrl: string | undefined;

  @Setting({
    key: 'SNOWFLAKE_OAUTH_SCOPE',
    kind: WORDS,
    description: 'For oauth_client_credentials: the scope to ask for.',
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
    description: "For password, which Snowflake ends for service users: the user's password.",
  })
  readonly password: Secret | undefined;

  @Setting({
    key: 'SNOWFLAKE_LOCK_TIMEOUT_SECONDS',
    // A pod ends what has held a lock for this long. Others take what was over sooner for committed.
    kind: integer(5, 3_600),
    default: '60',
    description: 'How long a statement waits for a lock that another transaction holds.',
  })
  readonly lockTimeoutSeconds!: number;

  @Setting({
    key: 'SNOWFLAKE_STATEMENT_TIMEOUT_SECONDS',
    kind: integer(1, 3_600),
    default: '120',
    description: 'Snowflake ends a statement that runs for longer.',
  })
  readonly statementTimeoutSeconds!: number;

  @Setting({
    key: 'SNOWFLAKE_REQUEST_TIMEOUT_MS',
    kind: integer(100, 3_600_000),
    default: '150000',
    description: 'A request without an answer for this long is taken for lost, and its connection with it.',
  })
  readonly requestTimeoutMs!: number;

  @Setting({
    key: 'SNOWFLAKE_MAX_BIND_BYTES',
    kind: integer(1_024, 67_108_864),
    default: '15728640',
    description:
      'Size of the rows that one staging statement carries, in bytes; a larger batch takes more statements.',
  })
  readonly maxBindBytes!: number;

  @Setting({
    key: 'SNOWFLAKE_QUERY_TAG',
    kind: WORDS,
    description: "The sessions' QUERY_TAG, where service, version and pod are not what is wanted.",
  })
  readonly queryTag: string | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_HOST', kind: HOST, description: 'An HTTP proxy on the way to Snowflake.' })
  readonly proxyHost: string | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_PORT', kind: PORT, description: "The proxy's port." })
  readonly proxyPort: number | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_USER', kind: WORDS, description: 'User to log in to the proxy.' })
  readonly proxyUser: string | undefined;

  @Setting({ key: 'SNOWFLAKE_PROXY_PASSWORD', kind: SECRET, description: "That user's password." })
  readonly proxyPassword: Secret | undefined;
}
