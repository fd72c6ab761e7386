import type { ServiceProcess } from './service-process.js';

/** Harmless to a process that does not listen to it. */
const SIGNAL = 'SIGWINCH';
const BACK_MS = 3_600_000;

const CODE = `
  const now = Date.now;
  let isBack = false;
  Date.now = () => now() - (isBack ? ${BACK_MS} : 0);
  process.on('${SIGNAL}', () => { isBack = !isBack; });`;

/** The environment of a service whose wall clock can be set, without a word to the timers. */
export const JUMPING_CLOCK = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CODE)}` };

/** Sets the service's wall clock back by an hour, and the next time forward again. */
export function jump(service: Pick<ServiceProcess, 'signal'>): void {
  service.signal(SIGNAL);
}
