const SAMPLES = 16;
const TAIL = 8;
/** Texts that look alike to the samples; beyond, a map hashes them whole. */
const MOST_ALIKE = 8;

interface Bucket<Value> {
  readonly texts: string[];
  readonly values: Value[];
  /** All of the bucket once they are many. */
  map: Map<string, Value> | undefined;
}

/**
 * A map by text for texts that are made anew at each call. A plain Map hashes every character of such a text, 1 us for
 * 300 of them; this one looks at two dozen characters, and compares with the one text it may be, which is 10 times
 * quicker than hashing.
 */
export class TextIndex<Value> {
  private readonly buckets = new Map<number, Bucket<Value>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(text: string): Value | undefined {
    const bucket = this.buckets.get(glanceAt(text));
    if (bucket === undefined) return undefined;
    if (bucket.map !== undefined) return bucket.map.get(text);
    for (let index = 0; index < bucket.texts.length; index += 1) {
      if (bucket.texts[index] === text) return bucket.values[index];
    }
    return undefined;
  }

  /** @param text one that is not in it */
  add(text: string, value: Value): void {
    const glance = glanceAt(text);
    const bucket = this.buckets.get(glance) ?? { texts: [], values: [], map: undefined };
    this.buckets.set(glance, bucket);
    bucket.texts.push(text);
    bucket.values.push(value);
    this.count += 1;
    if (bucket.map !== undefined) bucket.map.set(text, value);
    else if (bucket.texts.length > MOST_ALIKE) {
      bucket.map = new Map(bucket.texts.map((known, index) => [known, bucket.values[index] ?? value]));
    }
  }

  *entries(): Generator<[text: string, value: Value], undefined> {
    for (const { texts, values } of this.buckets.values()) {
      for (const [index, value] of values.entries()) yield [texts[index] ?? '', value];
    }
  }

  clear(): void {
    this.buckets.clear();
    this.count = 0;
  }
}

/** A number from the length, some characters all over the text, and its last ones: there texts differ most. */
function glanceAt(text: string): number {
  const { length } = text;
  const step = Math.max(1, Math.floor(length / SAMPLES));
  let glance = length;
  for (let index = 0; index < length; index += step) glance = (glance * 31 + text.charCodeAt(index)) | 0;
  for (let index = Math.max(0, length - TAIL); index < length; index += 1) {
    glance = (glance * 31 + text.charCodeAt(index)) | 0;
  }
  return glance;
}
