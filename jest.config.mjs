const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

/** One tier of tests; choose with `npm test -- --selectProjects unit`. */
function tier(displayName, testMatch) {
  return {
    displayName,
    testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
    testEnvironment: 'node',
    extensionsToTreatAsEsm: ['.ts'],
    transform: { '\\.ts$': swc },
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/', '<rootDir>/.data/'],
  };
}

export default {
  projects: [
    tier('unit', ['src/**/*.spec.ts', 'test/unit/**/*.spec.ts']),
    tier('contract', ['test/contract/**/*.spec.ts']),
    tier('integration', ['test/integration/**/*.int-spec.ts']),
    tier('e2e', ['test/e2e/**/*.e2e-spec.ts']),
    // Only when asked for by name: npm run test:chaos.
    tier('chaos', ['test/chaos/**/*.chaos-spec.ts']),
  ],
  maxWorkers: 2,
  // Without a bound the module registries of some 180 suites grew to 1.9 GB.
  workerIdleMemoryLimit: '512MB',
  coverageProvider: 'v8',
  // A bound for what hangs, not a measure of speed.
  testTimeout: 120_000,
  passWithNoTests: true,
};
