import 'reflect-metadata';
// Loads Nest before the CommonJS packages that require it: Jest cannot require an ES module inside a cycle.
import '@nestjs/common';

// Jest copies `process` with its getters. This one builds a new set on each read, and axios reads it on each request.
Object.defineProperty(process, 'allowedNodeEnvironmentFlags', { value: process.allowedNodeEnvironmentFlags });
