import { jest } from '@jest/globals';

// A guard against hanging for ever, not a measure: real brokers and processes take their time on a busy machine.
jest.setTimeout(180_000);
