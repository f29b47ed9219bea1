/** Who is in which room; as little as rooms can be. */
export class Rooms<Member> {
  private readonly members = new Map<string, Set<Member>>();

  join(room: string, member: Member): void {
    let members = this.members.get(room);
    if (members === undefined) this.members.set(room, (members = new Set()));
    members.add(member);
  }

  leave(member: Member): void {
    for (const members of this.members.values()) members.delete(member);
  }

  of(room: string): Iterable<Member> {
    return this.members.get(room) ?? [];
  }
}
