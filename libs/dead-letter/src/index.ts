export { KafkaDeadLetterPublisher } from './kafka-dead-letter-publisher.js';
