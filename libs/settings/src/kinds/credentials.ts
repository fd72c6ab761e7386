import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ValidateBy } from 'class-validator';
import { asIs, type Kind } from './kind.js';
import { Secret } from './secret.js';

function secretThat(expected: string, isValid: (text: string) => boolean, parse = asIs): Kind {
  return {
    expected,
    isSecret: true,
    parse: (value) => new Secret(parse(value)),
    rules: [
      ValidateBy({
        name: 'isValidSecret',
        validator: { validate: (value) => value instanceof Secret && isValid(value.reveal()) },
      }),
    ],
  };
}

/** A bearer token; long enough that nobody can guess it. */
export const ADMIN_TOKEN = secretThat(
  '16 to 500 letters, digits or other visible ASCII characters (openssl rand -hex 32 creates one)',
  (token) => /^[\x21-\x7e]{16,500}$/.test(token),
);

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
export const BEARER_TOKEN = secretThat(
  'a bearer token: letters, digits and -._~+/=, without spaces',
  (token) => /^[\w.~+/-]+=*$/.test(token),
);

export const SECRET = secretThat('a text without line breaks', (value) => !/[\r\n\0]/.test(value));

const HEADER_NAME = /^[!#$%&'*+.^_`|~\da-z-]+$/i;

/** Parses headers from `name=value,name=value`; null if the text is not such a list. */
export function parseOtlpHeaders(list: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const pair of list.split(',').filter((part) => part.trim() !== '')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    try {
      const value = decodeURIComponent(pair.slice(at + 1).trim());
      if (at < 1 || !HEADER_NAME.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) return null;
      headers[name] = value;
    } catch {
      return null;
    }
  }
  return headers;
}

export const OTLP_HEADERS = secretThat(
  'name=value, or several separated by commas, values percent-encoded',
  (list) => parseOtlpHeaders(list) !== null,
);

// Env files of containers cannot contain line breaks, so \n may replace them.
const unfolded = (pem: string) => pem.replaceAll('\\n', '\n');

/** Checks only the label: whether the key can be decrypted is up to the driver, which has the passphrase. */
export const PKCS8_KEY = secretThat(
  'a PKCS#8 private key in PEM, which begins with -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY----- ' +
    '(openssl pkcs8 -topk8 creates one)',
  (pem) =>
    /^\s*-----BEGIN (ENCRYPTED )?PRIVATE KEY-----\r?\n[^]+\n-----END \1?PRIVATE KEY-----\s*$/.test(pem),
  unfolded,
);

export const TLS_KEY = secretThat(
  'an unencrypted private key in PEM',
  (pem) => doesNotThrow(() => createPrivateKey(pem)),
  unfolded,
);

export const CERTIFICATES: Kind = {
  expected: 'certificates in PEM, each beginning with -----BEGIN CERTIFICATE-----',
  isSecret: false,
  parse: unfolded,
  rules: [
    ValidateBy({
      name: 'isCertificates',
      validator: { validate: (value) => typeof value === 'string' && areCertificates(value) },
    }),
  ],
};

function areCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN [A-Z ]+-----[^-]*-----END [A-Z ]+-----/g) ?? [];
  return blocks.length > 0 && blocks.every((block) => doesNotThrow(() => new X509Certificate(block)));
}

function doesNotThrow(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
