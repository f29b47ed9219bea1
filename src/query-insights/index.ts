export { SqlSyntaxError } from './errors.js';
export { QueryInsightsModule } from './query-insights.module.js';
export { SqlParser } from './sql/parser.js';
