export { currentLogFields, withLogFields } from './log-context.js';
export { type LogFields, Logger } from './logger.js';
export { LoggingModule } from './logging.module.js';
export { NestLogger } from './nest-logger.js';
export { type LogIdentity, PinoLogger } from './pino-logger.js';
