import { Injectable } from '@nestjs/common';
import { nextTurn } from '../../kernel/turn.js';
import { modelBegin, StepHistory, type WatchedSeries } from '../../collectors/index.js';
import { type ModelKey, ModelShelf } from './model-shelf.js';

/** Events that one evaluation reads for new models: some hundred milliseconds. The others get theirs in later ones. */
const EVENTS_PER_EVALUATION = 400_000;
/** Steps that one evaluation teaches to new models, at a microsecond or two each. */
const STEPS_PER_EVALUATION = 150_000;

/** A model that has to be made: what it costs. */
interface Newcomer {
  readonly key: ModelKey;
  readonly model: WatchedSeries;
}

/** Brings models up to date, few statements for many: new ones from history, those that exist by the newest steps. */
@Injectable()
export class ModelUpkeep {
  constructor(
    private readonly shelf: ModelShelf,
    private readonly history: StepHistory,
  ) {}

  /**
   * The model of each key, in their order, with all steps that ended by `until`; undefined: not made yet, for want of
   * time. A model that is due to be made anew serves on until it is.
   */
  async refresh(
    keys: readonly ModelKey[],
    until: Date,
    signal: AbortSignal,
  ): Promise<(WatchedSeries | undefined)[]> {
    for (const stepMs of new Set(keys.map((key) => key.stepMs))) {
      if (signal.aborted) break;
      const sameStep = keys.filter((key) => key.stepMs === stepMs);
      await this.makeNew(sameStep, stepMs, until, signal);
      await this.follow(sameStep, stepMs, until);
    }
    return keys.map((key) => this.shelf.find(key));
  }

  private async makeNew(
    keys: readonly ModelKey[],
    stepMs: number,
    until: Date,
    signal: AbortSignal,
  ): Promise<void> {
    const missing = keys.filter((key) => {
      const found = this.shelf.find(key);
      return found === undefined || found.begin < modelBegin(key.seriesId, stepMs, until.getTime());
    });
    if (missing.length === 0) return;
    // Those without a model first: an old one serves.
    const urgent = missing.filter((key) => this.shelf.find(key) === undefined);
    const newcomers = await this.affordable(urgent.length > 0 ? urgent : missing, stepMs, until);
    if (signal.aborted) return;
    await this.teach(newcomers, stepMs, until);
  }

  /** As many as one evaluation has time for, and one at the least. */
  private async affordable(keys: readonly ModelKey[], stepMs: number, until: Date): Promise<Newcomer[]> {
    const at = until.getTime();
    const candidates = keys.map((key) => ({ key, model: this.shelf.begin(key, at) }));
    const first = candidates.slice(
      0,
      Math.ceil((STEPS_PER_EVALUATION * stepMs) / (at - earliest(candidates, at))),
    );
    const costs = await this.history.eventsOf(requestsOf(first), stepMs, until);
    let left = EVENTS_PER_EVALUATION;
    return first.filter((_candidate, index) => {
      const isAffordable = index === 0 || left >= (costs[index] ?? 0);
      if (isAffordable) left -= costs[index] ?? 0;
      return isAffordable;
    });
  }

  private async follow(keys: readonly ModelKey[], stepMs: number, until: Date): Promise<void> {
    const behind = new Map<WatchedSeries, ModelKey>();
    for (const key of keys) {
      const model = this.shelf.find(key);
      if (model !== undefined && model.nextAt + stepMs <= until.getTime()) behind.set(model, key);
    }
    await this.teach(
      [...behind].map(([model, key]) => ({ key, model })),
      stepMs,
      until,
    );
  }

  private async teach(pupils: readonly Newcomer[], stepMs: number, until: Date): Promise<void> {
    if (pupils.length === 0) return;
    const end = Math.floor(until.getTime() / stepMs) * stepMs;
    const values = await this.history.read(requestsOf(pupils), stepMs, new Date(end));
    for (const [index, { key, model }] of pupils.entries()) {
      const isNew = model.points === 0;
      model.learn(values[index] ?? [], end);
      this.shelf.put(key, model);
      if (isNew) await nextTurn();
    }
  }
}

function requestsOf(pupils: readonly Newcomer[]) {
  return pupils.map(({ key, model }) => ({ ...key, since: new Date(model.nextAt) }));
}

function earliest(pupils: readonly Newcomer[], at: number): number {
  return Math.min(at - 1, ...pupils.map(({ model }) => model.begin));
}
