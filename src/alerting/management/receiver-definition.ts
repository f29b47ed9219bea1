import type { AlertReceiver } from '../model/receiver.js';
import { AlertingInputError, type AlertingIssue } from './errors.js';
import { readForm, RECEIVER_DEFAULTS, type ReceiverInput, type ReceiverPatch } from './receiver-input.js';
import type { ReceiverDefinition, SecretReceiver } from './receiver.repository.js';

type Fields = Readonly<Record<string, unknown>>;

/** What is asked of a receiver beside its settings and secrets. */
type Wish = Omit<ReceiverInput, 'settings' | 'secrets'>;

/**
 * The receiver that `input` asks for, with defaults for what it leaves out.
 * @param before the receiver in whose place it comes: without `secrets` in the input, its own stay
 * @throws AlertingInputError ALERTING_INPUT_INVALID
 */
export function defineReceiver(input: ReceiverInput, before?: SecretReceiver): ReceiverDefinition {
  const settings = input.settings ?? {};
  const secrets = input.secrets ?? keptSecrets(input.kind, settings, before);
  return complete(input, settings, secrets);
}

/**
 * `before` with the changes of `patch`. Settings and secrets are changed field by field; null takes one away.
 * @throws AlertingInputError ALERTING_INPUT_INVALID
 */
export function patchReceiver(
  before: SecretReceiver,
  patch: Omit<ReceiverPatch, 'version'>,
): ReceiverDefinition {
  const kind = patch.kind ?? before.kind;
  const isSame = kind === before.kind;
  const settings = merged(isSame ? before.settings : {}, patch.settings);
  const kept = isSame ? secretsFor(before, { ...settings, ...patch.secrets }) : {};
  const lost = isSame ? Object.keys(before.secrets).filter((name) => !Object.hasOwn(kept, name)) : [];
  const untold = lost.filter((name) => name !== 'url' && !Object.hasOwn(patch.secrets ?? {}, name));
  if (untold.length > 0) throw new AlertingInputError(untold.map(neededAgain));
  const { name, groupBy, groupWaitMs, groupIntervalMs, repeatMs, sendsResolved } = before;
  const wish = { name, groupBy: [...groupBy], groupWaitMs, groupIntervalMs, repeatMs, sendsResolved };
  return complete({ ...wish, ...defined(patch), kind }, settings, merged(kept, patch.secrets));
}

function keptSecrets(
  kind: ReceiverInput['kind'],
  settings: Fields,
  before: SecretReceiver | undefined,
): Fields {
  if (before?.kind !== kind) return {};
  const kept = secretsFor(before, settings);
  const lost = Object.keys(before.secrets).filter((name) => !Object.hasOwn(kept, name));
  if (lost.length > 0) throw new AlertingInputError(lost.map(neededAgain));
  return kept;
}

/**
 * The secrets that may go on being used with these fields. None when they are about to be sent to another address: who
 * may not read a secret must not be able to have it sent to themselves.
 */
function secretsFor(before: SecretReceiver, fields: Fields): Fields {
  const old = { ...before.settings, ...before.secrets }['url'];
  const next = Object.hasOwn(fields, 'url') ? fields['url'] : before.secrets['url'];
  return next === old ? before.secrets : {};
}

function neededAgain(name: string): AlertingIssue {
  return { path: `secrets.${name}`, message: 'is needed again, since it would be sent to another address' };
}

function merged(before: Fields, changes: Fields | undefined): Fields {
  const all = Object.entries({ ...before, ...changes });
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined));
}

function defined<T extends object>(fields: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function complete(wish: Wish, settings: Fields, secrets: Fields): ReceiverDefinition {
  const read = readForm(wish.kind, { settings, secrets });
  if (!read.success) {
    const issues = read.error.issues.slice(0, 20);
    throw new AlertingInputError(issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  }
  const { name, kind, groupBy, groupWaitMs, groupIntervalMs, repeatMs, sendsResolved } = {
    ...RECEIVER_DEFAULTS,
    ...defined(wish),
  };
  return { name, kind, ...read.data, groupBy, groupWaitMs, groupIntervalMs, repeatMs, sendsResolved };
}

/** Where its messages are posted to; undefined: where its kind always goes. */
export function targetOf({ settings, secrets }: ReceiverDefinition): URL | undefined {
  const { url } = { ...settings, ...secrets } as Fields;
  return typeof url === 'string' ? new URL(url) : undefined;
}

/** What of a receiver may stand in the audit trail: the names of its secrets only. */
export function auditedReceiver(receiver: ReceiverDefinition | SecretReceiver): Fields {
  const { name, kind, settings, groupBy, groupWaitMs, groupIntervalMs, repeatMs, sendsResolved } = receiver;
  const told: Omit<AlertReceiver, 'id' | 'tenantId'> = {
    ...{ name, kind, settings, groupBy, groupWaitMs, groupIntervalMs, repeatMs, sendsResolved },
  };
  return { ...told, secretNames: Object.keys(receiver.secrets).sort() };
}
