import { jest } from '@jest/globals';

// Guards against hanging. It measures nothing: brokers and processes are slow on a busy machine.
jest.setTimeout(180_000);
