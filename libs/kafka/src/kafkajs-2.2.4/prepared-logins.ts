import { MODULES, require } from './modules.js';

interface Login {
  connection: { sasl: { prepare?: () => Promise<void> } };
  authenticate: () => Promise<void>;
}

/**
 * Gets the credentials of a mechanism that requests them before the handshake. After a handshake a broker accepts
 * nothing but a login: if there are no credentials then, the connection is lost, although its session is still valid.
 */
export function patchPreparedLogins(): void {
  const { prototype } = require(MODULES.login) as { prototype: Login };
  const { authenticate } = prototype;
  prototype.authenticate = prepareFirst;

  async function prepareFirst(this: Login): Promise<void> {
    await this.connection.sasl.prepare?.();
    await authenticate.call(this);
  }
}
