import 'reflect-metadata';
// CommonJS packages that need Nest find it loaded: Jest cannot require an ES module inside a cycle.
import '@nestjs/common';
