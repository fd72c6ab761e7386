import { replaceModule } from '#patching';
import { require, RUNNER_MODULE } from './kafkajs-inside.js';
import { buildAddresses, SimulatedBroker } from './simulated-broker.js';
import { WatchedRunner } from './watched-runner.js';

/** Makes kafkajs use the simulated cluster. Call this before kafkajs is loaded. */
export function installBroker(): void {
  replaceModule(require, 'kafkajs/src/broker/index.js', SimulatedBroker);
  replaceModule(require, 'kafkajs/src/cluster/connectionPoolBuilder.js', buildAddresses);
  replaceModule(require, RUNNER_MODULE, WatchedRunner);
}
