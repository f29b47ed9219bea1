import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

/** More is not read: an answer to an upload is a few hundred characters. */
const ANSWER_MAX_CHARACTERS = 65_536;

const Body = z
  .looseObject({
    data: z.looseObject({ accepted: z.number() }).optional(),
    code: z.string().optional(),
    detail: z.string().optional(),
    details: z.looseObject({ line: z.number().optional().catch(undefined) }).optional(),
  })
  .transform(({ data, code, detail, details }) => ({
    accepted: data?.accepted,
    code,
    detail,
    line: details?.line,
  }));

/** An answer of the server: of the body what an upload needs. */
export interface ServerAnswer {
  readonly status: number;
  readonly isReplay: boolean;
  readonly body: z.output<typeof Body>;
}

/** Reads the answer to its end; a body that is not of this API gives no fields. */
export async function readAnswer(response: IncomingMessage): Promise<ServerAnswer> {
  let text = '';
  for await (const chunk of response) if (text.length < ANSWER_MAX_CHARACTERS) text += String(chunk);
  return {
    status: response.statusCode ?? 0,
    isReplay: response.headers['idempotent-replayed'] === 'true',
    body: Body.catch({ accepted: undefined, code: undefined, detail: undefined, line: undefined }).parse(
      toJson(text),
    ),
  };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
