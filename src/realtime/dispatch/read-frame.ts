import { CLIENT_MESSAGES, type ClientMessage, type ClientMessageType } from '../../presence/index.js';
import { findExcess, findLostField, toInputError } from '../../platform/http/index.js';
import { FrameInvalidError, MessageTypeError } from '../errors.js';

/** A map: types are named by clients, and an object has names of its own. */
const SCHEMAS = new Map(Object.entries(CLIENT_MESSAGES));
const TYPES = Object.keys(CLIENT_MESSAGES);
const MAX_REF = 64;

/** What a frame was found to be. `isMessage`: of a type there is, with fields that are refused. */
export type ReadFrame =
  | { readonly message: ClientMessage }
  | {
      readonly error: FrameInvalidError | MessageTypeError;
      readonly ref?: string;
      readonly isMessage?: true;
    };

/** The message in a frame of UTF-8, or why there is none. Never throws. */
export function readFrame(frame: Buffer): ReadFrame {
  const excess = findExcess(frame);
  if (excess !== undefined) return { error: new FrameInvalidError(excess) };
  const text = frame.toString('utf8');
  const lost = findLostField(text);
  if (lost !== undefined) return { error: new FrameInvalidError(lost) };
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: new FrameInvalidError('it is not a JSON object') };
  }
  return check(value as Readonly<Record<string, unknown>>);
}

/** `ref` of a frame that is not looked at further, so that its sender knows which one it was. */
export function readRef(frame: Buffer): string | undefined {
  if (findExcess(frame) !== undefined) return undefined;
  const value = parse(frame.toString('utf8'));
  return typeof value === 'object' && value !== null ? refOf(value) : undefined;
}

/** The first of the issues in the details of an input error. */
export function reasonOf({ issues }: Readonly<Record<string, unknown>>): string {
  const [first] = issues as readonly { readonly path: string; readonly message: string }[];
  if (first === undefined) return 'its fields are wrong';
  return first.path === '' ? first.message : `${first.path}: ${first.message}`;
}

function check(value: Readonly<Record<string, unknown>>): ReadFrame {
  const ref = refOf(value);
  const answering = ref === undefined ? {} : { ref };
  const schema = SCHEMAS.get(value['type'] as ClientMessageType);
  if (schema === undefined) return { error: new MessageTypeError(TYPES), ...answering };
  const checked = schema.safeParse(value);
  if (checked.success) return { message: checked.data };
  const { details } = toInputError(checked.error.issues);
  return { error: new FrameInvalidError(reasonOf(details), details), ...answering, isMessage: true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refOf({ ref }: { readonly ref?: unknown }): string | undefined {
  return typeof ref === 'string' && ref.length > 0 && ref.length <= MAX_REF ? ref : undefined;
}
