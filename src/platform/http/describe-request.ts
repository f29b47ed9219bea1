import { Reflector } from '@nestjs/core';

/** A header of a request, for readers of the OpenAPI document. */
export interface RequestHeader {
  readonly name: string;
  readonly description: string;
  /** Regular expression of its value. */
  readonly pattern: string;
}

/** What a handler takes that its parameters do not show. */
export interface RequestDescription {
  /** What a line is, when the handler takes an NDJSON stream instead of the JSON body. */
  readonly streamOf?: string;
  /** Headers it reads; all are optional. */
  readonly headers?: readonly RequestHeader[];
  /** Answers of its own beside success and "any failure", by status. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Whether its answer carries its version as ETag. */
  readonly isVersioned?: boolean;
}

/**
 * Adds to a handler's part of the OpenAPI document. Plain metadata, unlike the decorators of the generator:
 * those would load it, and it costs every start about 12 MB.
 */
export const DescribeRequest = Reflector.createDecorator<RequestDescription>();
