import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import { IsBoolean, IsIn, IsInt, IsNumber, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';
import { Secret } from './secret.js';

/** Which texts a setting accepts, and how they are parsed. */
export interface Kind {
  /** The expectation, as problems word it: `a whole number from 1 to 100`. */
  expected: string;
  isSecret: boolean;
  /** Quotes around the value have a meaning of their own. */
  mayBeQuoted?: true;
  /** Returns the typed value. Never throws: for an invalid text it returns something that the rules reject. */
  parse: (text: string) => unknown;
  /** class-validator's rules for the typed value. */
  rules: PropertyDecorator[];
}

const asIs = (text: string) => text;

export function integer(min: number, max: number): Kind {
  return {
    expected: `a whole number from ${min} to ${max}`,
    isSecret: false,
    parse: (text) => (/^(0|[1-9]\d*)$/.test(text) ? Number(text) : text),
    rules: [IsInt(), Min(min), Max(max)],
  };
}

/** A share, from 0 to 1. */
export const RATIO: Kind = {
  expected: 'a number from 0 to 1, such as 0.5',
  isSecret: false,
  parse: (text) => (/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(text) ? Number(text) : text),
  rules: [IsNumber(), Min(0), Max(1)],
};

export const PORT = integer(1, 65_535);

export const FLAG: Kind = {
  expected: 'true or false',
  isSecret: false,
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  rules: [IsBoolean()],
};

export function oneOf(choices: readonly string[]): Kind {
  return {
    expected: `one of ${choices.join(', ')}`,
    isSecret: false,
    parse: asIs,
    rules: [IsIn(choices)],
  };
}

/** A text that the pattern matches as a whole. */
export function text(pattern: RegExp, expected: string): Kind {
  return { expected, isSecret: false, parse: asIs, rules: [IsString(), Matches(pattern)] };
}

export const WORDS = text(
  /^(?!\s)\P{Cc}{1,500}(?<!\s)$/u,
  'at most 500 characters, without line breaks and without surrounding spaces',
);

/** A trailing dot marks the name as fully qualified, so that no search domain is tried. */
const HOST_NAME = /^[a-z\d_]([a-z\d_.-]{0,252}[a-z\d])?\.?$/i;

function isHostName(text: string): boolean {
  return HOST_NAME.test(text) && !text.includes('..');
}

/** An IPv6 address may be in brackets, as in a URL. */
export const HOST: Kind = {
  expected: 'a host name or an IP address',
  isSecret: false,
  parse: (text) => /^\[(.*)\]$/.exec(text)?.[1] ?? text,
  rules: [
    ValidateBy({
      name: 'isHost',
      validator: {
        validate: (value) => typeof value === 'string' && (isIP(value) > 0 || isHostName(value)),
      },
    }),
  ],
};

/** Parses `name,name` into an array, which is empty for an empty text. */
export const HOSTS: Kind = {
  expected: 'host names separated by commas, without ports',
  isSecret: false,
  parse: (text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  rules: [
    ValidateBy({
      name: 'isHostList',
      validator: {
        validate: (value) =>
          Array.isArray(value) && value.every((name) => typeof name === 'string' && isHostName(name)),
      },
    }),
  ],
};

/** Without credentials, because logs and the status page show addresses. */
export const HTTP_URL: Kind = {
  expected: 'an http:// or https:// address without user and password',
  isSecret: false,
  parse: asIs,
  rules: [
    ValidateBy({
      name: 'isHttpUrl',
      validator: { validate: (value) => typeof value === 'string' && isHttpUrl(value) },
    }),
  ],
};

function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

const BROKER = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:[\]]+)):(?<port>[1-9]\d{0,4})$/;

/** Parses `host:port,host:port` into an array; IPv6 addresses are in brackets. A trailing comma is allowed. */
export const BROKERS: Kind = {
  expected: 'host:port, or several separated by commas, IPv6 addresses as [address]:port',
  isSecret: false,
  parse: brokersIn,
  rules: [
    ValidateBy({
      name: 'isBrokerList',
      validator: { validate: (value) => Array.isArray(value) && value.every(isBroker) },
    }),
  ],
};

function brokersIn(list: string): string[] {
  return list
    .replace(/,\s*$/, '')
    .split(',')
    .map((broker) => broker.trim());
}

/** Parses a list of {@link BROKERS} from a command line; undefined if it is invalid. */
export function parseBrokers(list: string): string[] | undefined {
  const brokers = brokersIn(list);
  return brokers.every(isBroker) ? brokers : undefined;
}

function isBroker(broker: unknown): boolean {
  const groups = typeof broker === 'string' ? BROKER.exec(broker)?.groups : undefined;
  if (groups === undefined || Number(groups['port']) > 65_535) return false;
  const { address, name } = groups;
  return address === undefined ? isHostName(name ?? '') : isIPv6(address);
}

/** The names that the broker itself accepts. */
export const TOPIC = text(
  /^(?!\.{1,2}$)[a-zA-Z\d._-]{1,249}$/,
  'a Kafka topic name: 1 to 249 letters, digits, dots, underscores or hyphens',
);

/** https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
export const SNOWFLAKE_IDENTIFIER: Kind = {
  ...text(
    /^([a-z_][a-z\d_$]{0,254}|"([^"\p{Cc}]|""){1,255}")$/iu,
    'a Snowflake name: letters, digits, _ and $, not beginning with a digit; or any name in double quotes',
  ),
  mayBeQuoted: true,
};

function secretThat(expected: string, isFit: (text: string) => boolean, parse = asIs): Kind {
  return {
    expected,
    isSecret: true,
    parse: (value) => new Secret(parse(value)),
    rules: [
      ValidateBy({
        name: 'isFitSecret',
        validator: { validate: (value) => value instanceof Secret && isFit(value.reveal()) },
      }),
    ],
  };
}

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
