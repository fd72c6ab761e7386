export * from './batch.js';
export * from './dead-letter-publisher.js';
export * from './event-repository.js';
export * from './fault.js';
export * from './message.js';
export * from './outcome.js';
export * from './pipeline-observer.js';
