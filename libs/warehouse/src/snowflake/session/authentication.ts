import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ConnectionOptions } from 'snowflake-sdk';
import { FaultError } from '#pipeline';
import type { Secret } from '#settings';

/** Credentials for Snowflake. */
export type Login =
  | { kind: 'key_pair'; user: string; privateKey: Secret; passphrase?: Secret | undefined }
  | { kind: 'programmatic_access_token'; user: string; token: Secret }
  | {
      kind: 'oauth_client_credentials';
      clientId: string;
      clientSecret: Secret;
      tokenUrl: string;
      scope?: string | undefined;
    }
  | {
      kind: 'workload_identity';
      provider: 'AWS' | 'AZURE' | 'GCP' | 'OIDC';
      /** Only for OIDC. */
      token?: Secret | undefined;
    }
  | { kind: 'password'; user: string; password: Secret };

/**
 * The driver's options for these credentials.
 *
 * @throws FaultError if the private key cannot be used
 */
export function credentials(login: Login): Partial<ConnectionOptions> {
  switch (login.kind) {
    case 'key_pair':
      return {
        authenticator: 'SNOWFLAKE_JWT',
        username: login.user,
        privateKey: usableKey(login.privateKey.reveal(), login.passphrase?.reveal()),
      };
    case 'programmatic_access_token':
      return {
        authenticator: 'PROGRAMMATIC_ACCESS_TOKEN',
        username: login.user,
        token: login.token.reveal(),
      };
    case 'oauth_client_credentials':
      return {
        authenticator: 'OAUTH_CLIENT_CREDENTIALS',
        oauthClientId: login.clientId,
        oauthClientSecret: login.clientSecret.reveal(),
        oauthTokenRequestUrl: login.tokenUrl,
        ...(login.scope === undefined ? {} : { oauthScope: login.scope }),
        ...(isLoopback(login.tokenUrl) ? READABLE : {}),
      };
    case 'workload_identity':
      return {
        authenticator: 'WORKLOAD_IDENTITY',
        workloadIdentityProvider: login.provider,
        ...(login.token === undefined ? {} : { token: login.token.reveal() }),
      };
    case 'password':
      return { authenticator: 'SNOWFLAKE', username: login.user, password: login.password.reveal() };
  }
}

/** The secret may be sent unencrypted if it does not leave the machine. The driver calls this an option for tests. */
const READABLE: object = { oauthHttpAllowed: true };

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

const SMALLEST_KEY_BITS = 2048;

/** The key as unencrypted PKCS#8 in PEM. */
function usableKey(pem: string, passphrase: string | undefined): string {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
  if (label !== 'PRIVATE KEY' && label !== 'ENCRYPTED PRIVATE KEY') throw wrongKind(label);
  const key = parsed(pem, label === 'ENCRYPTED PRIVATE KEY', passphrase);
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType !== 'rsa') {
    throw unfit(`is of type ${asymmetricKeyType ?? 'unknown'}, and Snowflake requires RSA`, CREATE_KEY);
  }
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < SMALLEST_KEY_BITS) {
    throw unfit(`has ${bits} bits, and Snowflake requires at least ${SMALLEST_KEY_BITS}`, CREATE_KEY);
  }
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function parsed(pem: string, isEncrypted: boolean, passphrase: string | undefined): KeyObject {
  if (isEncrypted && passphrase === undefined) {
    throw unfit('is encrypted', 'Set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE');
  }
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(isEncrypted ? { passphrase } : {}) });
  } catch {
    if (isEncrypted) {
      throw unfit(
        'cannot be decrypted with SNOWFLAKE_PRIVATE_KEY_PASSPHRASE',
        'Check the passphrase; line breaks around it count',
      );
    }
    throw unfit('cannot be read', 'Use the whole file, from -----BEGIN to -----END, with its line breaks');
  }
}

const CONVERT = 'Convert it: openssl pkcs8 -topk8 -in key.pem -out key.p8';
const CREATE_KEY = 'Create one: openssl genrsa 2048 | openssl pkcs8 -topk8 -out key.p8';
const USE_PRIVATE = 'Use the private key that belongs to it';

function wrongKind(label: string | undefined): FaultError {
  switch (label) {
    case undefined:
      return unfit('is not in PEM: it has no -----BEGIN PRIVATE KEY----- line', CONVERT);
    case 'RSA PRIVATE KEY':
      return unfit('is in PKCS#1 (BEGIN RSA PRIVATE KEY), and must be PKCS#8', CONVERT);
    case 'EC PRIVATE KEY':
      return unfit('is an elliptic curve key, and Snowflake requires RSA', CREATE_KEY);
    case 'OPENSSH PRIVATE KEY':
      return unfit('is in the OpenSSH format, and must be PKCS#8', CREATE_KEY);
    case 'PUBLIC KEY':
    case 'RSA PUBLIC KEY':
      return unfit('is a public key', USE_PRIVATE);
    case 'CERTIFICATE':
      return unfit('is a certificate', USE_PRIVATE);
    default:
      return unfit(`is not a private key: it begins with -----BEGIN ${label}-----`, CREATE_KEY);
  }
}

function unfit(what: string, remedy: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'PRIVATE_KEY',
    message: `The key in SNOWFLAKE_PRIVATE_KEY ${what}`,
    remedy,
  });
}
