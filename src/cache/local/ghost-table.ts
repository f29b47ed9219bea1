/** With one place a key a third of the keys is forgotten before as many others left as fit into the store. */
const PLACES_PER_KEY = 2;
const LOW_BITS = 0xffff;
/** Parts of the time in which as many keys leave as fit into the store: 16 times that long till the time repeats. */
const PARTS_BITS = 12;

/**
 * Remembers keys that left not long ago, 8 bytes each: a table with one place a key, in which a newer key pushes an
 * older one out. A place holds 16 bits of the key's hash and 16 bits of time. It forgets a few keys early and mistakes
 * one in 65,000; both only cost a worse guess.
 */
export class GhostTable {
  private places = new Uint32Array(0);
  private clock = 0;
  private shift = 0;

  /** @param capacity how many keys may be remembered */
  resize(capacity: number): void {
    const bits = Math.ceil(Math.log2(Math.max(1, capacity)));
    this.places = new Uint32Array(PLACES_PER_KEY * 2 ** bits);
    this.shift = Math.max(0, bits - PARTS_BITS);
  }

  add(key: string): void {
    const hash = hashOf(key);
    this.clock = (this.clock + 1) >>> 0;
    this.places[this.placeOf(hash)] = printOf(hash) | this.time();
  }

  /** How many keys were added since `key` was, about; Infinity when not known. It is forgotten then. */
  take(key: string): number {
    const hash = hashOf(key);
    const place = this.placeOf(hash);
    const held = this.places[place] ?? 0;
    if (held - (held & LOW_BITS) !== printOf(hash) >>> 0) return Infinity;
    this.places[place] = 0;
    return ((this.time() - held) & LOW_BITS) << this.shift;
  }

  private placeOf(hash: number): number {
    return hash & (this.places.length - 1);
  }

  private time(): number {
    return (this.clock >>> this.shift) & LOW_BITS;
  }
}

/** In the upper bits; never 0, which marks an empty place. Multiplied, as the table's place comes from the hash too. */
function printOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) & ~LOW_BITS || 0x10000;
}

/** FNV-1a with the finaliser of MurmurHash3. */
function hashOf(key: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
