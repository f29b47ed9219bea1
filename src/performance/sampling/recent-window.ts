import { Minute } from './minute.js';
import type { Sample, Summary } from './sample.js';

const STRETCH_SAMPLES = 10;
const KEPT_STRETCHES = 30;

/** The figures of the last five minutes, in stretches of ten samples: none of the samples is added up twice. */
export class RecentWindow {
  private readonly stretches: Minute[] = [];
  private samplesOfLatest = STRETCH_SAMPLES;
  private summary: Readonly<Record<string, Summary>> | undefined;

  add(sample: Sample): void {
    if (this.samplesOfLatest === STRETCH_SAMPLES) {
      this.stretches.push(new Minute(sample.at));
      if (this.stretches.length > KEPT_STRETCHES) this.stretches.shift();
      this.samplesOfLatest = 0;
    }
    this.stretches.at(-1)?.add(sample);
    this.samplesOfLatest += 1;
    this.summary = undefined;
  }

  /** Every series of the window; the same object until the next sample. */
  series(): Readonly<Record<string, Summary>> {
    if (this.summary !== undefined) return this.summary;
    const whole = new Minute(new Date(0));
    for (const stretch of this.stretches) whole.merge(stretch);
    this.summary = whole.point().series;
    return this.summary;
  }
}
