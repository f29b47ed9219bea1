export { DomainEvents, EventType } from './domain-events.js';
export { EventsModule } from './events.module.js';
