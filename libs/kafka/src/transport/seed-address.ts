/** https://en.wikipedia.org/wiki/IPv6_address#Literal_IPv6_addresses_in_UNC_path_names */
const LITERAL = '.ipv6-literal.net';

/**
 * kafkajs 2.2.4 cuts a broker's address at the first colon. An IPv6 address is therefore given to it as a host name
 * without colons, which {@link hostOf} turns back before a connection is opened.
 */
export function seedAddress(broker: string): string {
  const [, address, port] = /^\[(.*)\]:(\d+)$/.exec(broker) ?? [];
  if (address === undefined || port === undefined) return broker;
  return `${address.replaceAll(':', '-').replace('%', 's')}${LITERAL}:${port}`;
}

/** Where a connection to this host of kafkajs goes. */
export function hostOf(host: string): string {
  if (!host.endsWith(LITERAL)) return host;
  return host.slice(0, -LITERAL.length).replaceAll('-', ':').replace('s', '%');
}
