const HOST_AND_PORT = /^(?:\[[0-9a-fA-F:.%]+\]|[a-zA-Z0-9._-]+):(\d{1,5})$/;
const HIGHEST_PORT = 65_535;

/** Whether it is `host:port`, the host being a name, an IPv4 address or an IPv6 address in brackets. */
export function isBroker(address: string): boolean {
  const port = Number(HOST_AND_PORT.exec(address)?.[1] ?? 0);
  return port >= 1 && port <= HIGHEST_PORT;
}

/**
 * Addresses as they may be shown. Some people put credentials into them (`sasl://user:password@host`), and a password may
 * hold a comma; so everything up to the last `@` of all goes.
 */
export function hideCredentials(addresses: readonly string[]): readonly string[] {
  const last = addresses.findLastIndex((address) => address.includes('@'));
  return addresses.map((address, index) =>
    index < last ? '[secret]' : index === last ? `[secret]@${address.slice(address.lastIndexOf('@') + 1)}` : address,
  );
}
