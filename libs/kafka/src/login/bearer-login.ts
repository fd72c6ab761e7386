import { Logger } from '@nestjs/common';
import type { AuthenticationProviderArgs, Authenticator, Mechanism } from 'kafkajs';
import { asError, FaultError, faultText } from '#pipeline';
import { current, type KafkaSettings } from '#settings';
import { isKafkaErrorType } from '../transport/kafka-fault.js';
import { endsSoon, expiryOf, TokenCache, type BearerToken } from './bearer-token.js';
import { requestToken } from './client-credentials.js';

/** A mechanism that gets its credentials before the handshake, after which a broker accepts nothing else. */
export interface PreparedMechanism extends Mechanism {
  prepare: () => Promise<void>;
}

/** https://www.rfc-editor.org/rfc/rfc7628#section-3.1 */
const SEPARATOR = '\u0001';
const logger = new Logger('KafkaLogin');

/** Logs in with a bearer token from the settings or from a token endpoint, and says why a broker refuses one. */
export function bearerLogin(settings: KafkaSettings): PreparedMechanism {
  const token = tokenSource(settings);
  return {
    mechanism: 'oauthbearer',
    prepare: async () => {
      await token();
    },
    authenticationProvider: (connection) => authenticator(connection, settings, token),
  };
}

function tokenSource(settings: KafkaSettings): () => Promise<BearerToken> {
  if (settings.oauthTokenUrl !== undefined) {
    const cache = new TokenCache(
      () => requestToken(settings),
      ({ fault }) => {
        logger.warn(`⚠️ ${faultText(fault)}; continuing with the last token`);
      },
    );
    return () => cache.token();
  }
  return () => {
    const value = current(settings).oauthToken?.reveal() ?? '';
    const expiresAt = expiryOf(value);
    if (expiresAt !== null && endsSoon(expiresAt)) throw renewedLate(expiresAt);
    return Promise.resolve({ value, expiresAt });
  };
}

function authenticator(
  { saslAuthenticate }: AuthenticationProviderArgs,
  settings: KafkaSettings,
  source: () => Promise<BearerToken>,
): Authenticator {
  const exchange = (message: string) =>
    saslAuthenticate({
      request: { encode: () => withLength(message) },
      response: { decode: (answer) => answer, parse: (answer: Buffer) => answer.subarray(4).toString() },
    });
  return {
    authenticate: async () => {
      const token = await source();
      const first = firstMessage(token, settings.oauthExtensions);
      const refusal = await exchange(first).catch(refusalIn);
      if (refusal === undefined || refusal === '') return;
      // Apache Kafka first describes the refusal, and ends the exchange only after this.
      const reason = await exchange(SEPARATOR).catch(refusalIn);
      throw refused([refusal, reason].filter(Boolean).join(', '), token);
    },
  };
}

/** The broker's words, if this is its refusal. */
function refusalIn(error: unknown): string {
  if (isKafkaErrorType(error, 'SASL_AUTHENTICATION_FAILED')) return asError(error).message;
  throw error;
}

function firstMessage({ value }: BearerToken, extensions: string | undefined): string {
  const pairs = extensions === undefined ? [] : extensions.split(',');
  return ['n,,', `auth=Bearer ${value}`, ...pairs, '', ''].join(SEPARATOR);
}

/** kafkajs expects the message behind its length. */
function withLength(message: string): Buffer {
  const bytes = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function renewedLate(expiresAt: number): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'OAUTH_TOKEN_ENDS',
    message: `the token of KAFKA_OAUTH_TOKEN_FILE is valid only until ${new Date(expiresAt).toISOString()}`,
    remedy: 'If this happens often, renew the file at least 12 s before its token ends',
  });
}

function refused(reason: string, { expiresAt }: BearerToken): FaultError {
  const until = expiresAt === null ? '' : `; it is valid until ${new Date(expiresAt).toISOString()}`;
  return new FaultError({
    class: 'setup',
    code: 'SASL_AUTHENTICATION_FAILED',
    message: `the broker refused the token: ${reason}${until}`,
    remedy:
      'Check that what renews the token works, that its issuer, audience and scope are those that the broker expects (KAFKA_OAUTH_...), and the clocks',
  });
}
