import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { asyncApi } from './async-api.js';
import { protocolJsonSchema } from './json-schema.js';

/** Serves the protocol's documents beside those of the HTTP API; each is made when somebody asks for it first. */
@Injectable()
export class ProtocolDocuments implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    this.serve('/docs/asyncapi.json', asyncApi);
    this.serve('/docs/protocol.schema.json', protocolJsonSchema);
  }

  private serve(path: string, make: () => object): void {
    let text: string | undefined;
    const server = this.host.httpAdapter.getInstance<Express>();
    server.get(path, (_request, response) => {
      text ??= JSON.stringify(make());
      response.type('application/json').send(text);
    });
  }
}
