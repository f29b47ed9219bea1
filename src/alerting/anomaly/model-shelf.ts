import { Injectable } from '@nestjs/common';
import { modelBegin, type StepMeasure, WatchedSeries } from '../../collectors/index.js';

/** Models that are kept, some 13 kB each. The least recently asked for goes first. */
export const MOST_MODELS = 3_000;

/** Which numbers of which series a model is about; rules that look at the same share it. */
export interface ModelKey extends StepMeasure {
  readonly seriesId: number;
  readonly stepMs: number;
}

/** The models of this instance: made anew wherever rules are evaluated, so that any instance can take over. */
@Injectable()
export class ModelShelf {
  private readonly models = new Map<string, WatchedSeries>();

  /** The model, up to date or not. */
  find(key: ModelKey): WatchedSeries | undefined {
    const name = nameOf(key);
    const found = this.models.get(name);
    if (found !== undefined) {
      this.models.delete(name);
      this.models.set(name, found);
    }
    return found;
  }

  /** A model that knows nothing yet and begins where everybody's begins. It is kept once it is put back. */
  begin(key: ModelKey, at: number): WatchedSeries {
    return new WatchedSeries(key, key.stepMs, modelBegin(key.seriesId, key.stepMs, at));
  }

  put(key: ModelKey, model: WatchedSeries): void {
    const name = nameOf(key);
    this.models.delete(name);
    this.models.set(name, model);
    const [oldest] = this.models.keys();
    if (this.models.size > MOST_MODELS && oldest !== undefined) this.models.delete(oldest);
  }
}

function nameOf({ seriesId, stepMs, measure, aggregation }: ModelKey): string {
  return `${seriesId} ${stepMs} ${measure} ${aggregation}`;
}
