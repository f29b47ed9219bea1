import { z } from 'zod';
import { toInputError } from './input-validation.js';

const Follow = z.union([
  z.strictObject({ layout: z.string(), since: z.int().optional() }),
  z.strictObject({ source: z.string(), epoch: z.string().optional() }),
  z.strictObject({ channel: z.enum(['alerts', 'jobs']) }),
]);
const Section = z.object({ sections: z.array(z.union([z.string(), z.strictObject({ name: z.string() })])) });

const issuesOf = (schema: z.ZodType, value: unknown): unknown =>
  toInputError(schema.safeParse(value).error?.issues ?? []).details['issues'];

describe('issues of a value that fits none of several forms', () => {
  it('names the field that is wrong in the form it comes closest to', () => {
    expect(issuesOf(Follow, { layout: 12 })).toEqual([
      { path: 'layout', message: 'Invalid input: expected string, received number' },
    ]);
    expect(issuesOf(Follow, { channel: 'news' })).toEqual([
      { path: 'channel', message: expect.stringContaining('"alerts"|"jobs"') },
    ]);
  });

  it('names the place within a list', () => {
    expect(issuesOf(Section, { sections: ['one', { name: 2 }] })).toEqual([
      { path: 'sections.1.name', message: 'Invalid input: expected string, received number' },
    ]);
  });

  it('names the choices when it comes as close to several', () => {
    expect(issuesOf(Follow, { layout: '1', source: 'shop' })).toEqual([
      { path: '', message: 'Unrecognized key: "source"; or Unrecognized key: "layout"' },
    ]);
    expect(issuesOf(Section, { sections: [5] })).toEqual([
      { path: 'sections.0', message: expect.stringMatching(/expected string.*; or .*expected object/) },
    ]);
  });

  it('tells what belongs to no form as it is', () => {
    expect(issuesOf(z.strictObject({ name: z.string() }), { name: 1, more: 2 })).toEqual([
      { path: 'name', message: 'Invalid input: expected string, received number' },
      { path: '', message: 'Unrecognized key: "more"' },
    ]);
  });
});
