import { hostname } from 'node:os';
import { current, serviceVersion, type SnowflakeSettings } from '#settings';
import type { Login } from './authentication.js';
import type { Proxy, SessionOptions, SnowflakeOptions } from './session-options.js';

/** The one place where settings become options. */
export function snowflakeOptions(settings: SnowflakeSettings, consumerGroup: string): SnowflakeOptions {
  return { ...sessionOptions(settings), consumerGroup, maxBindBytes: settings.maxBindBytes };
}

export function sessionOptions(settings: SnowflakeSettings): SessionOptions {
  const { account, accessUrl, role, warehouse, database, schema } = settings;
  const { lockTimeoutSeconds, statementTimeoutSeconds, requestTimeoutMs } = settings;
  return {
    account,
    accessUrl,
    proxy: settings.proxyHost === undefined ? undefined : () => proxy(current(settings)),
    login: () => login(current(settings)),
    role,
    warehouse,
    database,
    schema,
    queryTag: settings.queryTag ?? serviceTag(),
    lockTimeoutSeconds,
    statementTimeoutSeconds,
    requestTimeoutMs,
  };
}

function proxy({ proxyHost, proxyPort, proxyUser, proxyPassword }: SnowflakeSettings): Proxy {
  return { host: proxyHost ?? '', port: proxyPort ?? 80, user: proxyUser, password: proxyPassword };
}

/** The settings have been validated for each kind of credentials. */
function login(settings: SnowflakeSettings): Login {
  const { authenticator: kind } = settings;
  switch (kind) {
    case 'key_pair':
      return {
        kind,
        user: given('SNOWFLAKE_USER', settings.user),
        privateKey: given('SNOWFLAKE_PRIVATE_KEY', settings.privateKey),
        passphrase: settings.privateKeyPassphrase,
      };
    case 'programmatic_access_token':
      return {
        kind,
        user: given('SNOWFLAKE_USER', settings.user),
        token: given('SNOWFLAKE_TOKEN', settings.token),
      };
    case 'oauth_client_credentials':
      return {
        kind,
        clientId: given('SNOWFLAKE_OAUTH_CLIENT_ID', settings.oauthClientId),
        clientSecret: given('SNOWFLAKE_OAUTH_CLIENT_SECRET', settings.oauthClientSecret),
        tokenUrl: given('SNOWFLAKE_OAUTH_TOKEN_URL', settings.oauthTokenUrl),
        scope: settings.oauthScope,
      };
    case 'workload_identity':
      return {
        kind,
        provider: given('SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER', settings.workloadIdentityProvider),
        token: settings.token,
      };
    case 'password':
      return {
        kind,
        user: given('SNOWFLAKE_USER', settings.user),
        password: given('SNOWFLAKE_PASSWORD', settings.password),
      };
  }
}

function given<T>(key: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`${key} is required for this kind of login`);
  return value;
}

/** Shown in QUERY_HISTORY with each statement: the service, its version, and the pod. */
function serviceTag(): string {
  return JSON.stringify({ service: 'caves-albert-ingestion', version: serviceVersion(), pod: hostname() });
}
