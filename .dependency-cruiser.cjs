/**
 * The map of ARCHITECTURE.md: edge -> features -> platform -> config -> kernel, and the few edges between
 * features. A new edge needs its reason there.
 */
const FEATURES =
  'tenancy|locks|cache|pool|batch|alerting|query-insights|performance|collectors|accounts|dashboards|presence';
const EDGES = 'metrics|api|realtime|web|cli';

/** Feature -> features it may use; none for the others. Who is calling is a question for the edges alone. */
const FEATURE_EDGES = {
  cache: ['locks'],
  alerting: ['locks', 'collectors'],
  batch: ['locks'],
  'query-insights': ['cache', 'pool'],
  performance: ['cache', 'pool', 'locks', 'query-insights'],
  collectors: ['batch', 'cache'],
  accounts: ['cache', 'collectors', 'batch'],
  dashboards: ['cache'],
};

const TESTS = '\\.(spec|int-spec|e2e-spec|contract)\\.ts$';

function featureRules() {
  return FEATURES.split('|').map((feature) => {
    const allowed = [feature, ...(FEATURE_EDGES[feature] ?? [])].join('|');
    return {
      name: `feature-${feature}`,
      comment: `${feature} may use only these features: ${FEATURE_EDGES[feature]?.join(', ') ?? 'none'}.`,
      severity: 'error',
      from: { path: `^src/${feature}/` },
      to: { path: `^src/(${FEATURES})/`, pathNot: `^src/(${allowed})/` },
    };
  });
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'kernel-uses-nothing',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: TESTS },
      to: { pathNot: '^src/kernel/|^(node:)?(crypto|perf_hooks|util|zlib|stream|buffer)$' },
    },
    {
      name: 'config-uses-kernel',
      severity: 'error',
      from: { path: '^src/config/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/(config|kernel)/' },
    },
    {
      name: 'platform-uses-config-and-kernel',
      severity: 'error',
      from: { path: '^src/platform/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/(platform|config|kernel)/' },
    },
    {
      name: 'features-do-not-use-edges',
      severity: 'error',
      from: { path: `^src/(${FEATURES})/` },
      to: { path: `^src/(${EDGES}|app\\.module|main|start-application)` },
    },
    {
      name: 'edges-do-not-use-edges',
      severity: 'error',
      from: { path: `^src/(${EDGES})/` },
      to: { path: `^src/(${EDGES}|app\\.module|main|start-application)`, pathNot: '^src/$1/' },
    },
    {
      name: 'cli-is-a-client',
      comment: 'Command-line tools talk to a server by its API, like any other client.',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/(cli|config|kernel)/' },
    },
    {
      name: 'client-is-pure',
      comment:
        'It runs in browsers: of the server it takes the types of the protocol, and constants without packages.',
      severity: 'error',
      from: { path: '^src/client/', pathNot: TESTS },
      to: {
        pathNot: '^src/client/|^src/kernel/app-error\\.ts$|^src/presence/protocol/close-codes\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'client-knows-the-protocol-alone',
      severity: 'error',
      from: { path: '^src/client/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/(client|kernel|presence/protocol)/' },
    },
    ...featureRules(),
    {
      name: 'enter-by-index',
      comment: 'Another module is entered by its index.ts.',
      severity: 'error',
      from: { path: `^src/(config|${FEATURES}|${EDGES})/` },
      to: { path: `^src/(config|${FEATURES}|${EDGES})/`, pathNot: '^src/$1/|^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'enter-platform-by-index',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/' },
      to: { path: '^src/platform/', pathNot: '^src/platform/[^/]+/index\\.ts$' },
    },
    {
      name: 'enter-platform-sibling-by-index',
      severity: 'error',
      from: { path: '^src/platform/([^/]+)/' },
      to: { path: '^src/platform/', pathNot: '^src/platform/$1/|^src/platform/[^/]+/index\\.ts$' },
    },
    {
      name: 'platform-and-root-enter-by-index',
      severity: 'error',
      from: { path: '^src/(platform/|[^/]+\\.ts$)' },
      to: { path: `^src/(config|${FEATURES}|${EDGES})/`, pathNot: '^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'never-own-index',
      comment: 'Importing the own index.ts is how cycles begin.',
      severity: 'error',
      from: { path: '^src/((?:platform/)?[^/]+)/', pathNot: TESTS },
      to: { path: '^src/$1/index\\.ts$' },
    },
    {
      name: 'drivers-under-platform',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(platform|locks)/|\\.model\\.ts$|\\.spec\\.ts$' },
      to: { path: 'node_modules/(pg|pg-[^/]+|ioredis|sequelize|sequelize-typescript|redlock)/' },
    },
    {
      name: 'production-without-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'production-without-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: `^test/|${TESTS}` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    exclude: { path: '^dist/' },
  },
};
