import { Global, Module } from '@nestjs/common';
import { HealthModule } from '../health/index.js';
import { AccessLog } from './access-log.js';
import { GracefulShutdown } from './graceful-shutdown.js';
import { KnownKeys } from './known-keys.js';

/** What `configureHttp` and the edges need around HTTP, everywhere. */
@Global()
@Module({
  imports: [HealthModule],
  providers: [AccessLog, GracefulShutdown, KnownKeys],
  exports: [AccessLog, GracefulShutdown, KnownKeys],
})
export class HttpModule {}
