export { KafkaDeadLetterPublisher } from './kafka-dead-letter-publisher.js';
export { KafkaRedrivePublisher, type RedriveResult } from './kafka-redrive-publisher.js';
export type { Redrive } from './redrive-message.js';
export { receivedDeadLetter, type ReceivedDeadLetter } from './received-dead-letter.js';
