/** The authentication methods. If several credentials are given, the first method in this order wins. */
export const AUTHENTICATORS = [
  'key_pair',
  'programmatic_access_token',
  'oauth_client_credentials',
  'workload_identity',
  'password',
] as const;

export type SnowflakeAuthenticator = (typeof AUTHENTICATORS)[number];

/** The keys that each method needs in addition to the account. The first one selects the method. */
export const NEEDED_KEYS: Record<SnowflakeAuthenticator, readonly [credential: string, ...others: string[]]> =
  {
    key_pair: ['SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_USER'],
    programmatic_access_token: ['SNOWFLAKE_TOKEN', 'SNOWFLAKE_USER'],
    oauth_client_credentials: [
      'SNOWFLAKE_OAUTH_CLIENT_SECRET',
      'SNOWFLAKE_OAUTH_CLIENT_ID',
      'SNOWFLAKE_OAUTH_TOKEN_URL',
    ],
    workload_identity: ['SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER'],
    password: ['SNOWFLAKE_PASSWORD', 'SNOWFLAKE_USER'],
  };

/** The method whose credential is given. A token for workload identity does not select programmatic_access_token. */
export function firstWithCredential(keys: ReadonlySet<string>): SnowflakeAuthenticator | undefined {
  const found = AUTHENTICATORS.filter((authenticator) => keys.has(NEEDED_KEYS[authenticator][0]));
  const isTokenOfWorkload = found.includes('workload_identity') && found[0] === 'programmatic_access_token';
  return isTokenOfWorkload ? 'workload_identity' : found[0];
}
