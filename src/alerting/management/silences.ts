import { Injectable } from '@nestjs/common';
import { isRowId, type Page, type PageRequest } from '../../kernel/page.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertingCaller } from './caller.js';
import { AlertingInputError, AlertingLimitError, AlertingNotFoundError, SilenceOverError } from './errors.js';
import { KEPT_SILENCES, LIMITS } from './limits.js';
import type { SilenceInput, SilencePatch } from './silence-input.js';
import {
  type SilenceDefinition,
  type SilenceFilter,
  SilenceRepository,
  type StoredSilence,
} from './silence.repository.js';
import { lockTenant } from './tenant-lock.repository.js';
import { holdVersion } from './versions.js';

/** Times in which nothing is told of alerts that match. */
@Injectable()
export class Silences {
  constructor(
    private readonly db: Database,
    private readonly silences: SilenceRepository,
  ) {}

  /** Newest first. */
  list(filter: SilenceFilter, page: PageRequest): Promise<Page<StoredSilence>> {
    return this.silences.list(filter, page);
  }

  /** @throws AlertingNotFoundError ALERTING_NOT_FOUND, also for a silence of another tenant */
  async get(tenantId: string, id: string): Promise<StoredSilence> {
    const silence = isRowId(id) ? await this.silences.find(tenantId, id) : undefined;
    if (silence === undefined) throw new AlertingNotFoundError('silence', id);
    return silence;
  }

  /**
   * @throws AlertingInputError ALERTING_INPUT_INVALID when it would be over before it begins
   * @throws AlertingLimitError ALERTING_LIMIT_REACHED
   */
  create(caller: AlertingCaller, input: SilenceInput): Promise<StoredSilence> {
    const { tenantId, actor: createdBy } = caller;
    return this.db.transaction(async (transaction) => {
      await lockTenant(transaction, tenantId);
      await this.silences.prune(transaction, tenantId, KEPT_SILENCES);
      await this.refuseOneMore(transaction, tenantId);
      const wish = defineSilence(input, await this.silences.now(transaction));
      const stored = await this.silences.insert(transaction, { ...wish, tenantId, createdBy });
      if (stored === undefined) throw overBefore();
      await record(transaction, caller, 'silence.created', stored);
      return stored;
    });
  }

  /**
   * Puts another silence in the place of this one.
   * @throws as `change`
   */
  replace(
    caller: AlertingCaller,
    id: string,
    { version, ...input }: SilenceInput & Pick<SilencePatch, 'version'>,
  ): Promise<StoredSilence> {
    return this.modify(caller, { id, version }, ({ startsAt }) =>
      defineSilence({ startsAt: startsAt.toISOString(), ...input }, startsAt),
    );
  }

  /**
   * Changes some fields.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   * @throws AlertingInputError ALERTING_INPUT_INVALID
   * @throws SilenceOverError ALERTING_SILENCE_OVER
   */
  change(caller: AlertingCaller, id: string, { version, ...patch }: SilencePatch): Promise<StoredSilence> {
    return this.modify(caller, { id, version }, (before) => {
      const startsAt = patch.startsAt ?? before.startsAt.toISOString();
      const hasEnd = patch.endsAt !== undefined || patch.durationMs !== undefined;
      const end = hasEnd ? {} : { endsAt: before.endsAt.toISOString() };
      const matchers = patch.matchers ?? [...before.matchers];
      const comment = patch.comment ?? before.comment;
      const { endsAt, durationMs } = patch;
      return defineSilence(
        { ...{ matchers, comment, startsAt, endsAt, durationMs }, ...end },
        before.startsAt,
      );
    });
  }

  /**
   * Ends it now; one that is over stays as it is.
   * @throws AlertingNotFoundError ALERTING_NOT_FOUND
   * @throws AlertingVersionError ALERTING_VERSION_CONFLICT
   */
  end(caller: AlertingCaller, id: string, version?: number): Promise<StoredSilence> {
    return this.db.transaction(async (transaction) => {
      const silence = await this.lockOf(transaction, caller.tenantId, { id, version });
      if (silence.state === 'expired') return silence;
      const ended = await this.silences.end(transaction, id);
      if (ended === undefined) throw new AlertingNotFoundError('silence', id);
      await record(transaction, caller, 'silence.ended', ended);
      return ended;
    });
  }

  private modify(
    caller: AlertingCaller,
    target: Target,
    definitionFor: (before: StoredSilence) => SilenceDefinition,
  ): Promise<StoredSilence> {
    return this.db.transaction(async (transaction) => {
      const before = await this.lockOf(transaction, caller.tenantId, target);
      const { id } = before;
      if (before.state === 'expired') throw new SilenceOverError(id, before.endsAt);
      const stored = await this.silences.update(transaction, id, definitionFor(before));
      if (stored === undefined) throw overBefore();
      await record(transaction, caller, 'silence.updated', stored);
      return stored;
    });
  }

  private async refuseOneMore(transaction: Queryable, tenantId: string): Promise<void> {
    if ((await this.silences.countCurrent(transaction, tenantId)) >= LIMITS.silences) {
      throw new AlertingLimitError('silence', LIMITS.silences);
    }
  }

  private async lockOf(
    transaction: Queryable,
    tenantId: string,
    { id, version }: Target,
  ): Promise<StoredSilence> {
    await lockTenant(transaction, tenantId);
    const silence = isRowId(id) ? await this.silences.lock(transaction, tenantId, id) : undefined;
    if (silence === undefined) throw new AlertingNotFoundError('silence', id);
    holdVersion('silence', silence, version);
    return silence;
  }
}

/** Which silence, and the version that its change is based on. */
interface Target {
  readonly id: string;
  readonly version?: number | undefined;
}

/** @param start when it begins unless the input says so */
function defineSilence(input: SilenceInput, start: Date): SilenceDefinition {
  const { matchers, comment, durationMs, endsAt } = input;
  if ((endsAt === undefined) === (durationMs === undefined)) {
    throw new AlertingInputError([{ path: 'endsAt', message: 'or durationMs is needed, and not both' }]);
  }
  const startsAt = input.startsAt === undefined ? start : new Date(input.startsAt);
  const end = endsAt === undefined ? new Date(startsAt.getTime() + (durationMs ?? 0)) : new Date(endsAt);
  return { matchers, comment, startsAt, endsAt: end };
}

function overBefore(): AlertingInputError {
  return new AlertingInputError([{ path: 'endsAt', message: 'must be after startsAt, and in the future' }]);
}

function record(
  transaction: Queryable,
  caller: AlertingCaller,
  action: string,
  { id, matchers, startsAt, endsAt, comment }: StoredSilence,
): Promise<void> {
  return caller.record(transaction, {
    action,
    subject: id,
    details: { matchers, startsAt, endsAt, comment },
  });
}
