import { Global, Module } from '@nestjs/common';
import { LOGGING_CONFIG, type LoggingConfig } from '../../config/index.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from './logger.js';
import { PinoLogger } from './pino-logger.js';

/** The process's logger, everywhere. */
@Global()
@Module({
  providers: [
    {
      provide: Logger,
      inject: [LOGGING_CONFIG, Ids],
      useFactory: (config: LoggingConfig, ids: Ids) => new PinoLogger(config, ids),
    },
  ],
  exports: [Logger],
})
export class LoggingModule {}
