import 'reflect-metadata';
// Loads Nest before the CommonJS packages that require it: Jest cannot require an ES module inside a cycle.
import '@nestjs/common';

// Jest copies `process` with its getters, and this one builds a set anew each time; axios reads it with each request.
Object.defineProperty(process, 'allowedNodeEnvironmentFlags', { value: process.allowedNodeEnvironmentFlags });
