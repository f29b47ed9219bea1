import type { LayoutState } from './layout-draft.js';
import type { Region } from './region.js';

/** Layouts whose state is remembered: those that were edited last. */
const MOST_LAYOUTS = 64;
/** What they may take in memory, about: JSON of a few bytes can be objects of many. */
const MOST_BYTES = 32 * 1_024 * 1_024;
const REGION_BYTES = 300;
const OBJECT_BYTES = 56;
const VALUE_BYTES = 16;

type Content = Region['content'];

/** Layouts as this instance has left them, within bounds of memory. */
export class RememberedLayouts {
  /** By key; the one edited last comes last. */
  private readonly states = new Map<string, { readonly state: LayoutState; readonly bytes: number }>();
  /** Contents are never changed, and most of them stay from one state of a layout to the next. */
  private readonly contentBytes = new WeakMap<Content, number>();
  private bytes = 0;

  /** It is in doubt from now on, and forgotten unless it is put back. */
  take(key: string): LayoutState | undefined {
    const held = this.states.get(key);
    if (held === undefined) return undefined;
    this.states.delete(key);
    this.bytes -= held.bytes;
    return held.state;
  }

  put(key: string, state: LayoutState): void {
    this.take(key);
    const bytes = state.regions.reduce((sum, region) => sum + this.bytesOf(region), 0);
    this.states.set(key, { state, bytes });
    this.bytes += bytes;
    for (const oldest of this.states.keys()) {
      if (this.states.size <= MOST_LAYOUTS && this.bytes <= MOST_BYTES) break;
      this.take(oldest);
    }
  }

  get size(): number {
    return this.states.size;
  }

  private bytesOf({ content, title }: Region): number {
    let bytes = this.contentBytes.get(content);
    if (bytes === undefined) {
      bytes = bytesOfValue(content);
      this.contentBytes.set(content, bytes);
    }
    return REGION_BYTES + 2 * title.length + bytes;
  }
}

function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + 2 * value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  return Object.entries(value).reduce(
    (sum, [key, part]) => sum + 2 * key.length + bytesOfValue(part),
    OBJECT_BYTES,
  );
}
