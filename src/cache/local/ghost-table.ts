/**
 * Remembers keys that left not long ago, 8 bytes each: a table with one place a key, in which a newer key pushes an
 * older one out. It forgets a little early and mistakes one key in four billion; both only cost a worse guess.
 */
export class GhostTable {
  private prints = new Uint32Array(0);
  private addedAt = new Uint32Array(0);
  private clock = 0;

  /** @param capacity how many keys may be remembered; a power of two */
  resize(capacity: number): void {
    this.prints = new Uint32Array(capacity);
    this.addedAt = new Uint32Array(capacity);
  }

  add(key: string): void {
    if (this.prints.length === 0) return;
    const print = printOf(key);
    const place = print & (this.prints.length - 1);
    this.clock = (this.clock + 1) >>> 0;
    this.prints[place] = print;
    this.addedAt[place] = this.clock;
  }

  /** Whether `key` was among the last `span` keys added; it is forgotten then. */
  take(key: string, span: number): boolean {
    const print = printOf(key);
    const place = print & (this.prints.length - 1);
    if (this.prints.length === 0 || this.prints[place] !== print) return false;
    this.prints[place] = 0;
    return (this.clock - (this.addedAt[place] ?? 0)) >>> 0 < span;
  }
}

/** FNV-1a with a finaliser; never 0, which marks an empty place. */
function printOf(key: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0 || 1;
}
