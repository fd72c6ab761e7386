export { BAD_KINDS, type BadKind } from './bad-event-generator.js';
export { Random } from './random.js';
export {
  Traffic,
  type Expectation,
  type MessageKind,
  type ProducedMessage,
  type TrafficOptions,
} from './traffic.js';
