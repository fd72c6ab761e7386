import type { ServiceProcess } from './service-process.js';

/** Has no effect on a process without a handler for it. */
const SIGNAL = 'SIGWINCH';
const BACK_MS = 3_600_000;

const CODE = `
  const now = Date.now;
  let isBack = false;
  Date.now = () => now() - (isBack ? ${BACK_MS} : 0);
  process.on('${SIGNAL}', () => { isBack = !isBack; });`;

/** The environment of a service whose wall clock can be set, without an effect on its timers. */
export const JUMPING_CLOCK = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CODE)}` };

/** Sets the service's wall clock back by an hour; the next call sets it forward again. */
export function jump(service: Pick<ServiceProcess, 'signal'>): void {
  service.signal(SIGNAL);
}
