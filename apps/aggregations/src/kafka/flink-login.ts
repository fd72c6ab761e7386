import { createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlainError } from '#command-line';
import type { KafkaSettings } from '#settings';

/** Where the table connector has the classes of Apache Kafka. */
const KAFKA = 'org.apache.flink.kafka.shaded.org.apache.kafka.common';
const LOGIN_MODULES = {
  plain: `${KAFKA}.security.plain.PlainLoginModule`,
  'scram-sha-256': `${KAFKA}.security.scram.ScramLoginModule`,
  'scram-sha-512': `${KAFKA}.security.scram.ScramLoginModule`,
} as const;
const LOGIN = 'login.properties';

/** How Flink's Kafka clients connect and log in. */
export interface FlinkLogin {
  /** For the tables. They name files instead of containing secrets, because Flink shows them. */
  options: Readonly<Record<string, string>>;
  /** Writes these files, which only this user may read. */
  write(): void;
}

/**
 * Translates the settings KAFKA_TLS_... and KAFKA_SASL_... into options of Flink's tables.
 *
 * @param folder where the files will be
 * @throws PlainError if Flink has no counterpart of a setting
 */
export function flinkLogin(settings: KafkaSettings, folder: string): FlinkLogin {
  const files = new Map<string, string>();
  const place = (name: string, text: string): string => {
    files.set(name, text);
    return join(folder, name);
  };
  const { tls, saslMechanism } = settings;
  const protocol = `${saslMechanism === undefined ? '' : 'SASL_'}${tls ? 'SSL' : 'PLAINTEXT'}`;
  const options =
    protocol === 'PLAINTEXT'
      ? {}
      : {
          'properties.security.protocol': protocol,
          ...(tls ? tlsOptions(settings, place) : {}),
          ...saslOptions(settings, place),
        };
  return {
    options,
    write: () => {
      if (files.size > 0) mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const [name, text] of files) writeFileSync(join(folder, name), text, { mode: 0o600 });
    },
  };
}

type Place = (name: string, text: string) => string;

function tlsOptions(
  { tlsCa, tlsCert, tlsKey, tlsServerName }: KafkaSettings,
  place: Place,
): Record<string, string> {
  if (tlsServerName !== undefined) {
    throw new PlainError(
      "KAFKA_TLS_SERVER_NAME cannot be used here: Flink expects the host names of KAFKA_BOOTSTRAP_SERVER in the brokers'\n" +
        'certificates. Use a name from the certificate there.',
    );
  }
  return {
    ...(tlsCa === undefined
      ? {}
      : {
          'properties.ssl.truststore.type': 'PEM',
          'properties.ssl.truststore.location': place('ca.pem', tlsCa),
        }),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : {
          'properties.ssl.keystore.type': 'PEM',
          'properties.ssl.keystore.location': place('client.pem', pkcs8(tlsKey.reveal()) + tlsCert),
        }),
  };
}

function saslOptions(
  { saslMechanism, saslUsername = '', saslPassword }: KafkaSettings,
  place: Place,
): Record<string, string> {
  if (saslMechanism === undefined) return {};
  if (saslMechanism === 'oauthbearer') {
    throw new PlainError(
      'KAFKA_SASL_MECHANISM=oauthbearer is not supported here. Use scram-sha-512, scram-sha-256, plain, or a client\n' +
        'certificate (KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE).',
    );
  }
  const login =
    `${LOGIN_MODULES[saslMechanism]} required username=${quoted(saslUsername)} ` +
    `password=${quoted(saslPassword?.reveal() ?? '')};`;
  return {
    'properties.sasl.mechanism': saslMechanism.toUpperCase(),
    'properties.config.providers': 'file',
    'properties.config.providers.file.class': `${KAFKA}.config.provider.FileConfigProvider`,
    'properties.sasl.jaas.config': `\${file:${place(LOGIN, `login=${propertyValue(login)}\n`)}:login}`,
  };
}

/** As a string of a JAAS configuration. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** As a value of a Java properties file. */
function propertyValue(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/[^\x20-\x7E]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The only form of a key that Java reads from PEM. */
function pkcs8(key: string): string {
  return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
