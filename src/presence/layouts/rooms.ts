import { channelKey } from '../channels/channel.js';
import { LayoutRoom, type RoomSurroundings } from './layout-room.js';

/** The layouts with somebody in them on this instance. */
export class Rooms {
  private readonly rooms = new Map<string, LayoutRoom>();

  private lives = 0;

  constructor(private readonly around: RoomSurroundings) {
    around.ways.shared.watch({
      gone: (instanceIds) => {
        for (const room of this.rooms.values()) room.drop(instanceIds);
      },
      came: () => {
        for (const room of this.rooms.values()) room.readAgain();
      },
    });
  }

  get size(): number {
    return this.rooms.size;
  }

  /** Connections in layouts, those of the grace included. */
  get members(): number {
    let members = 0;
    for (const room of this.rooms.values()) members += room.size;
    return members;
  }

  find(tenantId: string, layoutId: string): LayoutRoom | undefined {
    return this.rooms.get(channelKey({ kind: 'layout', tenantId, layoutId }));
  }

  open(tenantId: string, layoutId: string): LayoutRoom {
    const key = channelKey({ kind: 'layout', tenantId, layoutId });
    const there = this.rooms.get(key);
    if (there !== undefined) return there;
    this.lives += 1;
    const name = { layoutId, channelKey: key, life: this.lives };
    const room: LayoutRoom = new LayoutRoom(name, this.around, () => {
      room.close();
      if (this.rooms.get(key) === room) this.rooms.delete(key);
    });
    this.rooms.set(key, room);
    return room;
  }

  close(): void {
    for (const room of this.rooms.values()) room.close();
    this.rooms.clear();
  }
}
