import { generateKeyPairSync } from 'node:crypto';
import { FaultError } from '#pipeline';
import { Secret } from '#settings';
import { credentials } from './authentication.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PKCS8 = pem(rsa.privateKey, 'pkcs8');
const ENCRYPTED = rsa.privateKey
  .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'grand cru' })
  .toString();

function pem(key: typeof rsa.privateKey, type: 'pkcs8' | 'pkcs1' | 'sec1'): string {
  return key.export({ format: 'pem', type } as { format: 'pem'; type: 'pkcs8' }).toString();
}

function keyPair(privateKey: string, passphrase?: string) {
  return credentials({
    kind: 'key_pair',
    user: 'INGESTER',
    privateKey: new Secret(privateKey),
    passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
  });
}

/** Message and remedy of the fault. */
function refusal(privateKey: string, passphrase?: string): string {
  try {
    keyPair(privateKey, passphrase);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    expect(error.fault).toMatchObject({ class: 'setup', code: 'PRIVATE_KEY' });
    return error.message;
  }
  throw new Error('the key was accepted');
}

describe('a private key', () => {
  it('is accepted as PKCS#8 in PEM, and decrypted if necessary', () => {
    expect(keyPair(PKCS8)).toEqual({
      authenticator: 'SNOWFLAKE_JWT',
      username: 'INGESTER',
      privateKey: PKCS8,
    });
    expect(keyPair(ENCRYPTED, 'grand cru').privateKey).toBe(PKCS8);
    expect(keyPair(PKCS8.replaceAll('\n', '\r\n')).privateKey).toBe(PKCS8);
  });

  it('is accepted with a passphrase that it does not need', () => {
    expect(keyPair(PKCS8, 'grand cru').privateKey).toBe(PKCS8);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  it.each([
    ['PKCS#1', pem(rsa.privateKey, 'pkcs1'), undefined, /PKCS#1.*must be PKCS#8.*openssl pkcs8 -topk8/],
    ['encrypted, without a passphrase', ENCRYPTED, undefined, /encrypted.*SNOWFLAKE_PRIVATE_KEY_PASSPHRASE/],
    [
      'encrypted, with another passphrase',
      ENCRYPTED,
      'petit cru',
      /cannot be decrypted with.*Check the passphrase/,
    ],
    [
      'the public key',
      rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      undefined,
      /public key/,
    ],
    ['an elliptic curve key', pem(ec.privateKey, 'pkcs8'), undefined, /of type ec.*requires RSA/],
    ['an elliptic curve key in SEC 1', pem(ec.privateKey, 'sec1'), undefined, /elliptic curve.*requires RSA/],
    [
      'too short',
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'pkcs8'),
      undefined,
      /1024 bits.*at least 2048/,
    ],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      undefined,
      /certificate/,
    ],
    [
      'an OpenSSH key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3\n-----END OPENSSH PRIVATE KEY-----',
      undefined,
      /OpenSSH/,
    ],
    ['not in PEM', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', undefined, /not in PEM/],
    ['damaged', PKCS8.slice(0, 600) + PKCS8.slice(700), undefined, /cannot be read.*whole file/],
  ] as const)('is refused with an explanation if it is %s', (_what, key, passphrase, words) => {
    const text = refusal(key, passphrase);
    expect(text).toMatch(words);
    expect(text).not.toContain(key.split('\n')[1] ?? key);
    expect(text).not.toContain('cru');
  });
});

describe('the other credentials', () => {
  it("become the driver's options", () => {
    expect(
      credentials({ kind: 'programmatic_access_token', user: 'INGESTER', token: new Secret('t') }),
    ).toEqual({ authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', username: 'INGESTER', token: 't' });
    expect(credentials({ kind: 'workload_identity', provider: 'AWS' })).toEqual({
      authenticator: 'WORKLOAD_IDENTITY',
      workloadIdentityProvider: 'AWS',
    });
    expect(credentials({ kind: 'password', user: 'INGESTER', password: new Secret('p') })).toEqual({
      authenticator: 'SNOWFLAKE',
      username: 'INGESTER',
      password: 'p',
    });
  });

  it.each([
    ['https://idp.example/token', undefined],
    ['http://idp.example/token', undefined],
    ['http://127.0.0.1:8080/token', true],
    ['http://localhost/token', true],
  ])('send a client secret to %s unencrypted only if it stays on this machine', (tokenUrl, isAllowed) => {
    const options = credentials({
      kind: 'oauth_client_credentials',
      clientId: 'id',
      clientSecret: new Secret('s'),
      tokenUrl,
      scope: 'session:role:INGESTER',
    });
    expect(options).toEqual({
      authenticator: 'OAUTH_CLIENT_CREDENTIALS',
      oauthClientId: 'id',
      oauthClientSecret: 's',
      oauthTokenRequestUrl: tokenUrl,
      oauthScope: 'session:role:INGESTER',
      ...(isAllowed === undefined ? {} : { oauthHttpAllowed: isAllowed }),
    });
  });
});
