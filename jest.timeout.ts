import { jest } from '@jest/globals';

// Guards only against hanging; it is not a time limit: brokers and processes are slow on a busy machine.
jest.setTimeout(600_000);
