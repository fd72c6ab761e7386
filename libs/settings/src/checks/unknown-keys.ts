import { BYTE_ORDER_MARK, type Environment } from '../reading/environment.js';
import { SETTING_KEYS } from '../settings.js';

const KNOWN = SETTING_KEYS.flatMap(({ key }) => [key, `${key}_FILE`]);
/** `KAFKA_`, `SNOWFLAKE_`, ...: a key with one of these prefixes is meant for this service. */
const PREFIXES = [...new Set(KNOWN.map((key) => key.slice(0, key.indexOf('_') + 1)))].filter(Boolean);
/** Read directly by the Snowflake driver 3.3.0 and by OpenTelemetry. */
export const DRIVER_KEYS: readonly string[] = [
  ...[
    'CRL_ON_DISK_CACHE_DIR',
    'DEFAULT_CONNECTION_NAME',
    'DISABLE_MINICORE',
    'DISABLE_PLATFORM_DETECTION',
    'HOME',
    'RUNNING_INSIDE_SPCS',
    'WIF_ALLOWED_HOST_SUFFIXES',
  ].map((name) => `SNOWFLAKE_${name}`),
  'OTEL_RESOURCE_ATTRIBUTES',
  ...['TIMEOUT', 'COMPRESSION', 'CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap((name) => [
    `OTEL_EXPORTER_OTLP_${name}`,
    `OTEL_EXPORTER_OTLP_TRACES_${name}`,
  ]),
];

const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z\d_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)$/;

/** A warning for each unknown key with one of our prefixes, with the nearest known key. */
export function unknownKeyWarnings(env: Environment): string[] {
  return Object.entries(env)
    .filter(([key, value]) => isOurs(key) && !isServiceLink(key, value ?? ''))
    .map(([key]) => {
      if (key.startsWith(BYTE_ORDER_MARK)) {
        return `The name of ${key.slice(1)} begins with a byte order mark, so it has no effect; save the env file without one`;
      }
      const nearest = nearestKnown(key.toUpperCase());
      return `${key} is unknown and has no effect${nearest === null ? '' : `; did you mean ${nearest}?`}`;
    });
}

function isOurs(key: string): boolean {
  if (key.startsWith(BYTE_ORDER_MARK)) return KNOWN.includes(key.slice(1)) || isOurs(key.slice(1));
  const isPrefixed = PREFIXES.some((prefix) => key.toUpperCase().startsWith(prefix));
  return isPrefixed && !KNOWN.includes(key) && !DRIVER_KEYS.includes(key);
}

/** Variables that Kubernetes sets in pods for each service: KAFKA_SERVICE_HOST, KAFKA_PORT=tcp://10.0.0.1:9092, ... */
function isServiceLink(key: string, value: string): boolean {
  return SERVICE_LINK.test(key) || (key.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value));
}

/** A known key that this one is a prefix of, or else the one with the smallest edit distance, if it is small. */
function nearestKnown(key: string): string | null {
  const longer = KNOWN.find((known) => known === key || known.startsWith(`${key}_`));
  if (longer !== undefined) return longer;
  let nearest: string | null = null;
  let limit = Math.max(2, Math.floor(key.length / 4));
  for (const known of KNOWN) {
    const edits = editDistance(key, known, limit);
    if (edits > limit) continue;
    nearest = known;
    limit = edits - 1;
  }
  return nearest;
}

/** The Levenshtein distance; infinite if the lengths alone exceed the limit. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, left] of Array.from(from).entries()) {
    const next = [line + 1];
    for (const [column, right] of Array.from(to).entries()) {
      const replaced = (row[column] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
