import { Global, Module } from '@nestjs/common';
import { DomainEvents } from './domain-events.js';

/** Events inside the process, everywhere. */
@Global()
@Module({ providers: [DomainEvents], exports: [DomainEvents] })
export class EventsModule {}
