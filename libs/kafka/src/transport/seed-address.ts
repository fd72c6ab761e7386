/** https://en.wikipedia.org/wiki/IPv6_address#Literal_IPv6_addresses_in_UNC_path_names */
const LITERAL = '.ipv6-literal.net';

/**
 * Encodes an IPv6 address as a host name without colons, because kafkajs 2.2.4 splits a broker's address at the first
 * colon. {@link hostOf} decodes it when a connection is opened.
 */
export function seedAddress(broker: string): string {
  const [, address, port] = /^\[(.*)\]:(\d+)$/.exec(broker) ?? [];
  if (address === undefined || port === undefined) return broker;
  return `${address.replaceAll(':', '-').replace('%', 's')}${LITERAL}:${port}`;
}

/** Decodes a host that kafkajs wants to connect to. */
export function hostOf(host: string): string {
  if (!host.endsWith(LITERAL)) return host;
  return host.slice(0, -LITERAL.length).replaceAll('-', ':').replace('s', '%');
}
