import { Reflector } from '@nestjs/core';

/** A value as clients read it: instants are text, and what JSON leaves out is not there. */
export type Json<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Json<Value[Key]> }
      : Value;

/** What a route is sent, and what it answers. */
export interface AnswerExample {
  /** A JSON body. */
  readonly request?: unknown;
  /** Values of query parameters, by name. */
  readonly query?: Readonly<Record<string, string | number>>;
  /** Data of the envelope, unless it is an envelope already (lists have `meta`); absent: no JSON. */
  readonly answer?: unknown;
  /** Answers in other media types, as text. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Controller and handler of another route that answers alike, `CacheMetricsController_report`. */
  readonly sameAs?: string;
}

/**
 * Examples for the OpenAPI document, by the name of the handler. Each edge keeps them in files beside its controllers,
 * checked by the compiler against the types of the answers.
 */
export const AnswerExamples = Reflector.createDecorator<Readonly<Record<string, AnswerExample>>>();
