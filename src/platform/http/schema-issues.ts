/** An issue of any Standard Schema library. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly PathSegment[] | undefined;
  readonly code?: unknown;
  /** Of a value that fits none of several forms, as zod tells it: what is wrong with it by each of them. */
  readonly errors?: unknown;
}

type PathSegment = PropertyKey | { readonly key: PropertyKey };

/** Another kind of value is farther away than any number of wrong fields. */
const OTHER_KIND = 1_000;

/**
 * The issues themselves: of a value that fits none of several forms, those of the form it comes closest to. By itself
 * such an issue says "Invalid input", wherever in the value the fault is.
 */
export function explained(issues: readonly SchemaIssue[]): readonly SchemaIssue[] {
  return issues.flatMap((issue) => {
    const [closest, ...others] = closestOf(formsOf(issue));
    if (closest === undefined) return [issue];
    // As close to several: none of them says what was meant.
    if (others.length > 0) return [{ ...issue, message: choiceOf([closest, ...others]) }];
    return explained(closest).map((inner) => ({
      ...inner,
      path: [...(issue.path ?? []), ...(inner.path ?? [])],
    }));
  });
}

/** The place as clients write it. */
export function placeOf({ path = [] }: SchemaIssue): string {
  return path
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .filter((part) => part !== '')
    .join('.');
}

function formsOf({ errors }: SchemaIssue): readonly (readonly SchemaIssue[])[] {
  return Array.isArray(errors) ? (errors as readonly (readonly SchemaIssue[])[]) : [];
}

function closestOf(forms: readonly (readonly SchemaIssue[])[]): readonly (readonly SchemaIssue[])[] {
  const least = Math.min(...forms.map(distanceOf));
  return forms.filter((form) => form.length > 0 && distanceOf(form) === least);
}

function distanceOf(form: readonly SchemaIssue[]): number {
  const isOther = form.some(({ code, path = [] }) => code === 'invalid_type' && path.length === 0);
  return form.length + (isOther ? OTHER_KIND : 0);
}

function choiceOf(forms: readonly (readonly SchemaIssue[])[]): string {
  const reasons = forms.flatMap(([first]) => {
    if (first === undefined) return [];
    const place = placeOf(first);
    return [place === '' ? first.message : `${place}: ${first.message}`];
  });
  return [...new Set(reasons)].join('; or ');
}
