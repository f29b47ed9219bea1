import type { WorkloadAdvice } from '../workload-advice.js';

/** The advice for people, then for programs in one last line. */
export function printAdvice(advice: WorkloadAdvice): string {
  const { suggestions, notExplained, rewrites } = advice;
  const lines = [
    ...suggestions.flatMap((one) => [
      `${one.ddl};`,
      `  ${one.reason}`,
      `  saves ${one.potentialSavings}; impact ${one.estimatedImpact}, confidence ${one.confidence} (${one.method})`,
      `  ${one.writeCost}`,
      ...(one.makesRedundant.length > 0 ? [`  makes redundant: ${one.makesRedundant.join(', ')}`] : []),
      ...(one.note === undefined ? [] : [`  ${one.note}`]),
      '',
    ]),
    ...(suggestions.length === 0 ? [withoutAdvice(advice)] : []),
    ...rewrites.flatMap(({ sql, hint }) => [`Rewrite: ${shortened(sql)}`, `  ${hint}`]),
    ...notExplained.flatMap(({ sql, reason }) => [`Not explained: ${shortened(sql)}`, `  ${reason}`]),
  ];
  return `${lines.join('\n')}\n${JSON.stringify({ suggestions, notExplained, rewrites })}\n`;
}

function withoutAdvice({ statements }: WorkloadAdvice): string {
  return statements.length === 0
    ? 'None of the statements could be explained, so nothing is known of indexes for them.'
    : 'No index would make these statements much cheaper.';
}

const LONGEST = 100;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}...`;
}
