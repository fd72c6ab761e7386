import {
  BEARER_TOKEN,
  CERTIFICATES,
  FLAG,
  HOST,
  HTTP_URL,
  oneOf,
  SASL_EXTENSIONS,
  SECRET,
  TLS_KEY,
  WORDS,
} from '../kinds/index.js';
import { Secret } from '../kinds/secret.js';
import { Setting } from './setting.js';

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

/** How connections to the brokers are secured, and how this client logs in. */
export class KafkaLoginSettings {
  @Setting({
    key: 'KAFKA_TLS',
    kind: FLAG,
    default: 'false',
    description: 'Whether to connect to the brokers with TLS.',
  })
  readonly tls!: boolean;

  @Setting({
    key: 'KAFKA_TLS_CA',
    kind: CERTIFICATES,
    description:
      "CA certificates to trust instead of the system's, in PEM; `KAFKA_TLS_CA_FILE` names their file.",
  })
  readonly tlsCa: string | undefined;

  @Setting({
    key: 'KAFKA_TLS_CERT',
    kind: CERTIFICATES,
    description: 'The client certificate, in PEM; `KAFKA_TLS_CERT_FILE` names its file.',
  })
  readonly tlsCert: string | undefined;

  @Setting({
    key: 'KAFKA_TLS_KEY',
    kind: TLS_KEY,
    description: "The client certificate's private key, in PEM; `KAFKA_TLS_KEY_FILE` names its file.",
  })
  readonly tlsKey: Secret | undefined;

  @Setting({
    key: 'KAFKA_TLS_SERVER_NAME',
    kind: HOST,
    description: "The name expected in the brokers' certificates, if it is not their host name.",
  })
  readonly tlsServerName: string | undefined;

  @Setting({
    key: 'KAFKA_SASL_MECHANISM',
    kind: oneOf(SASL_MECHANISMS),
    description: `How to log in to the brokers: ${SASL_MECHANISMS.join(', ')}. If unset, the service does not log in.`,
  })
  readonly saslMechanism: (typeof SASL_MECHANISMS)[number] | undefined;

  @Setting({
    key: 'KAFKA_SASL_USERNAME',
    kind: WORDS,
    description: 'User name for the brokers.',
  })
  readonly saslUsername: string | undefined;

  @Setting({
    key: 'KAFKA_SASL_PASSWORD',
    kind: SECRET,
    description: "That user's password.",
  })
  readonly saslPassword: Secret | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_TOKEN',
    kind: BEARER_TOKEN,
    description:
      'For oauthbearer: the token. `KAFKA_OAUTH_TOKEN_FILE` names a file that something else renews; it is read for each login.',
  })
  readonly oauthToken: Secret | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_TOKEN_URL',
    kind: HTTP_URL,
    description:
      'For oauthbearer: the endpoint that gives tokens for client credentials, instead of `KAFKA_OAUTH_TOKEN`.',
  })
  readonly oauthTokenUrl: string | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_CLIENT_ID',
    kind: WORDS,
    description: 'For the token endpoint: the client ID.',
  })
  readonly oauthClientId: string | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_CLIENT_SECRET',
    kind: SECRET,
    description: 'For the token endpoint: the client secret.',
  })
  readonly oauthClientSecret: Secret | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_CLIENT_ASSERTION',
    kind: BEARER_TOKEN,
    description:
      'For the token endpoint, instead of the client secret: a JWT of a workload identity, such as the token of the ServiceAccount.',
  })
  readonly oauthClientAssertion: Secret | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_SCOPE',
    kind: WORDS,
    description: 'For the token endpoint: the scope to request.',
  })
  readonly oauthScope: string | undefined;

  @Setting({
    key: 'KAFKA_OAUTH_EXTENSIONS',
    kind: SASL_EXTENSIONS,
    description:
      'For oauthbearer: SASL extensions as name=value, separated by commas, such as logicalCluster and identityPoolId for Confluent Cloud.',
  })
  readonly oauthExtensions: string | undefined;
}
