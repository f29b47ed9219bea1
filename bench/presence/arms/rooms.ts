/** Who is in which room; as little as rooms can be. */
export class Rooms<Member> {
  private readonly members = new Map<string, Set<Member>>();
  private readonly states = new Map<Member, object>();

  join(room: string, member: Member): void {
    let members = this.members.get(room);
    if (members === undefined) this.members.set(room, (members = new Set()));
    members.add(member);
  }

  note(member: Member, state: object): void {
    this.states.set(member, state);
  }

  leave(member: Member): void {
    this.states.delete(member);
    for (const members of this.members.values()) members.delete(member);
  }

  of(room: string): Iterable<Member> {
    return this.members.get(room) ?? [];
  }
}
