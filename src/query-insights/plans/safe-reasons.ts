/** SQLSTATEs in words without data: the server's own text may quote the statement's values. */
const REASONS: Readonly<Record<string, string>> = {
  '42P01': 'it names a table that is not there',
  '42703': 'it names a column that is not there',
  '42883': 'it uses a function or an operator that is not there for these types',
  '42704': 'it names a type or another object that is not there',
  '42725': 'a function or an operator is ambiguous',
  '42702': 'a column is ambiguous',
  '42712': 'two parts of FROM have one name',
  '42803': 'a column is neither grouped nor aggregated',
  '42804': 'types do not fit',
  '42846': 'a value cannot be cast to that type',
  '42P18': 'a parameter has no type',
  '42P10': 'a column reference is invalid',
  '42P20': 'a window is invalid',
  '42601': 'its syntax is wrong',
  '42501': 'the role that plans may not read what it names',
  '3F000': 'it names a schema that is not there',
  '22P02': 'a value is not of its type',
  '22007': 'a value is no date or time',
  '22008': 'a date or time is out of range',
  '22003': 'a number is out of range',
  '22012': 'it divides by zero',
  '25006': 'it would write',
  '53400': 'it needs more temporary space than it may have',
  '53200': 'the server has no memory for it',
  '54000': 'it is too large for the server',
  '54001': 'it is too deep for the server',
  '54011': 'it has too many columns',
  '08P01': 'the number of its values is wrong',
};

const CLASSES: Readonly<Record<string, string>> = {
  '21': 'a subquery gives more than one value',
  '22': 'a value does not fit',
  '42': 'it is wrong',
  '53': 'the server lacks resources for it',
  '54': 'it is too large for the server',
  XX: 'the server failed',
};

/** Why the server refused a statement. */
export function reasonOf(sqlState: string): string {
  return REASONS[sqlState] ?? CLASSES[sqlState.slice(0, 2)] ?? 'it could not be planned';
}
