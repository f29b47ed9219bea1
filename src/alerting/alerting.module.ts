import { Module } from '@nestjs/common';

/** Alerting: rules, alerts, and what is told of them. Needs the global platform modules. */
@Module({})
export class AlertingModule {}
