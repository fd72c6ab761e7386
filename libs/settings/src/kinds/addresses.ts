import { isIP, isIPv6 } from 'node:net';
import { ValidateBy } from 'class-validator';
import { asIs, type Kind } from './kind.js';

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
