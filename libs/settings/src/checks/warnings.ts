import { kafkaLoginWarnings, kafkaSecretWarnings } from './kafka-login-checks.js';
import { unknownKeyWarnings } from './unknown-keys.js';
import type { Environment } from '../reading/environment.js';
import type { Given } from '../sections/setting.js';
import { isQuoted } from '../reading/problem.js';
import { SETTING_KEYS, type Settings } from '../settings.js';
import { AUTHENTICATORS, NEEDED_KEYS } from '../sections/snowflake-login.js';

/** Warnings about settings that are allowed but questionable. */
export function warningsFor(settings: Settings, given: Given, env: Environment): string[] {
  return [
    ...unknownKeyWarnings(env),
    ...kafkaSecretWarnings(env),
    ...warehouseWarnings(settings, given),
    ...serviceWarnings(settings, given),
    ...workbenchWarnings(settings),
  ];
}

/** The same for a service without a warehouse. */
export function commonWarnings(settings: ServicePart, given: Given, env: Environment): string[] {
  return [...unknownKeyWarnings(env), ...kafkaSecretWarnings(env), ...serviceWarnings(settings, given)];
}

type ServicePart = Pick<Settings, 'kafka' | 'service'>;

function serviceWarnings(settings: ServicePart, given: Given): string[] {
  return [...kafkaLoginWarnings(settings, given.keys), ...healthWarnings(settings), ...textWarnings(given)];
}

/** Quotes and spaces that are part of a value, perhaps by mistake. */
function textWarnings({ values, keys }: Given): string[] {
  return SETTING_KEYS.filter(({ key, kind }) => keys.has(key) && kind.mayBeQuoted !== true).flatMap(
    ({ key }) => {
      const value = values.get(key) ?? '';
      if (isQuoted(value)) return [`${key} is in quotes, which are part of the value`];
      return value !== value.trim() && !value.includes('-----BEGIN')
        ? [`${key} begins or ends with a space, which is part of the value`]
        : [];
    },
  );
}

function warehouseWarnings({ warehouse, snowflake }: Settings, { isProduction, keys }: Given): string[] {
  const warnings: string[] = [];
  if (warehouse.engine === 'duckdb' && isProduction) {
    warnings.push(
      'WAREHOUSE is duckdb although NODE_ENV is production: events are only stored in a file on this machine',
    );
  }
  if (snowflake === null) return warnings;
  const { authenticator } = snowflake;
  if (authenticator === 'password') {
    warnings.push(
      'SNOWFLAKE_PASSWORD: Snowflake is phasing out passwords for service users; use SNOWFLAKE_PRIVATE_KEY_FILE',
    );
  }
  for (const other of AUTHENTICATORS.filter((each) => each !== authenticator)) {
    const [credential] = NEEDED_KEYS[other];
    const isTokenOfWorkload = credential === 'SNOWFLAKE_TOKEN' && authenticator === 'workload_identity';
    if (keys.has(credential) && !isTokenOfWorkload) {
      warnings.push(`${credential} is set but not used: the login method is ${authenticator}`);
    }
  }
  return warnings;
}

function workbenchWarnings({ service, workbench }: Settings): string[] {
  if (workbench.token === undefined) return [];
  if (!service.statusPage) return ['ADMIN_TOKEN has no effect while STATUS_PAGE is false'];
  if (workbench.access === 'loopback' || service.statusPageAccess === 'loopback') return [];
  return [
    'ADMIN_ACCESS is any: ADMIN_TOKEN and event content travel in plain text, unless a proxy in front of the port adds TLS',
  ];
}

function healthWarnings({ kafka, service }: ServicePart): string[] {
  if (service.liveMaxSilenceMs > kafka.rebalanceTimeoutMs) return [];
  return [
    `LIVE_MAX_SILENCE_MS (${service.liveMaxSilenceMs}) is not above KAFKA_REBALANCE_TIMEOUT_MS (${kafka.rebalanceTimeoutMs}): ` +
      'a pod may be restarted while it waits for the others to join',
  ];
}
