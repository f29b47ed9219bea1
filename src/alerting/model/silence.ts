/** What a label must be. A pattern is anchored at both ends and of a kind that cannot blow up. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** While it holds, nothing is told of alerts whose labels match all of it. */
export interface Silence {
  readonly id: string;
  readonly tenantId: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly comment: string;
  readonly createdBy: string;
}
