import { X509Certificate, createPrivateKey } from 'node:crypto';
import { endsInLineBreak, type Environment } from '../reading/environment.js';
import type { KafkaLoginSettings } from '../sections/kafka-login.settings.js';
import { missingOf, type CrossCheck } from './cross-check.js';

interface KafkaLoginPart {
  kafka: KafkaLoginSettings;
}

const MECHANISM = 'KAFKA_SASL_MECHANISM';
const USER = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const CLIENT_CERTIFICATE = ['KAFKA_TLS_CERT', 'KAFKA_TLS_KEY'] as const;
const TOKEN = 'KAFKA_OAUTH_TOKEN';
const ENDPOINT = ['KAFKA_OAUTH_TOKEN_URL', 'KAFKA_OAUTH_CLIENT_ID'] as const;
const CREDENTIALS = ['KAFKA_OAUTH_CLIENT_SECRET', 'KAFKA_OAUTH_CLIENT_ASSERTION'] as const;
const TOKEN_SOURCES = [TOKEN, ...ENDPOINT, ...CREDENTIALS, 'KAFKA_OAUTH_SCOPE'] as const;

export const KAFKA_LOGIN_CHECKS: readonly CrossCheck<KafkaLoginPart>[] = [
  {
    keys: [MECHANISM, ...USER],
    problem: ({ kafka }, given) =>
      kafka.saslMechanism === 'oauthbearer' ? null : missingOf([MECHANISM, ...USER], given),
  },
  {
    keys: [MECHANISM, ...TOKEN_SOURCES],
    problem: ({ kafka }, given) => (kafka.saslMechanism === 'oauthbearer' ? tokenProblem(given) : null),
  },
  { keys: CLIENT_CERTIFICATE, problem: (_, given) => missingOf(CLIENT_CERTIFICATE, given) },
  {
    keys: CLIENT_CERTIFICATE,
    problem: ({ kafka: { tlsCert, tlsKey } }) =>
      tlsCert !== undefined &&
      tlsKey !== undefined &&
      !new X509Certificate(tlsCert).checkPrivateKey(createPrivateKey(tlsKey.reveal()))
        ? 'the certificate does not belong to KAFKA_TLS_KEY'
        : null,
  },
];

/** A token comes from a file, or from an endpoint for a secret or an assertion. */
function tokenProblem(given: ReadonlySet<string>): string | null {
  const ofEndpoint = TOKEN_SOURCES.filter((key) => key !== TOKEN && given.has(key));
  if (given.has(TOKEN)) {
    return ofEndpoint.length === 0
      ? null
      : `"oauthbearer" given; set ${TOKEN}, or ${ofEndpoint.join(', ')}, not both`;
  }
  const missing: string[] = ENDPOINT.filter((key) => !given.has(key));
  const credentials = CREDENTIALS.filter((key) => given.has(key));
  if (credentials.length === 0) missing.push(CREDENTIALS.join(' or '));
  if (ofEndpoint.length === 0) return `"oauthbearer" given, which needs ${TOKEN}, or ${missing.join(', ')}`;
  if (missing.length > 0) return `"oauthbearer" given; not set: ${missing.join(', ')}`;
  return credentials.length > 1 ? `"oauthbearer" given; set only one of ${CREDENTIALS.join(', ')}` : null;
}

/** What is given for a way to log in that is not in use, or travels unprotected. */
export function kafkaLoginWarnings({ kafka }: KafkaLoginPart, keys: ReadonlySet<string>): string[] {
  const { saslMechanism: mechanism, oauthTokenUrl: url } = kafka;
  const unused = mechanism === 'oauthbearer' ? USER : [...TOKEN_SOURCES, 'KAFKA_OAUTH_EXTENSIONS'];
  const warnings = unused
    .filter((key) => keys.has(key))
    .map((key) => `${key} is set but not used: ${MECHANISM} is ${mechanism ?? 'not set'}`);
  if (url !== undefined && isUnprotected(url))
    warnings.push(`${ENDPOINT[0]} begins with http://: the client's credentials are sent in plain text`);
  if (kafka.tls) return warnings;
  const ofTls = ['KAFKA_TLS_CA', 'KAFKA_TLS_CERT', 'KAFKA_TLS_SERVER_NAME'].filter((key) => keys.has(key));
  warnings.push(...ofTls.map((key) => `${key} has no effect while KAFKA_TLS is false`));
  if (mechanism === 'plain' || mechanism === 'oauthbearer') {
    const secret = mechanism === 'plain' ? 'password' : 'token';
    warnings.push(`${MECHANISM} is ${mechanism} and KAFKA_TLS is false: the ${secret} is sent in plain text`);
  }
  return warnings;
}

/** What a scaler that reads the same Secret takes literally. The kubelet sets KUBERNETES_SERVICE_HOST in every pod. */
export function kafkaSecretWarnings(env: Environment): string[] {
  if (env['KUBERNETES_SERVICE_HOST'] === undefined) return [];
  return USER.filter((key) => endsInLineBreak(env, key)).map(
    (key) =>
      `${key}_FILE ends in a line break. The service ignores it; KEDA does not, and cannot log in with it: ` +
      'create the Secret again, with printf %s instead of echo',
  );
}

function isUnprotected(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
