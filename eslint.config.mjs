import tseslint from 'typescript-eslint';

/** Objects and calls that have one home each; elsewhere the home's abstraction is injected. */
const TIME_AND_CHANCE = [
  { object: 'Date', property: 'now', message: 'Inject Clock.' },
  { object: 'Math', property: 'random', message: 'Inject Ids.' },
  { object: 'performance', property: 'now', message: 'Inject Clock.' },
];
const ENVIRONMENT = [
  {
    object: 'process',
    property: 'env',
    message: 'Only src/config and the entry of a process read the environment.',
  },
];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Inject Clock.',
}));

const SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'ExportAllDeclaration', message: 'Export explicit names.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: "CallExpression[callee.name='forwardRef']", message: 'Break the cycle instead.' },
  {
    selector: "ThrowStatement > NewExpression[callee.name='Error']",
    message: 'Throw a subclass of AppError.',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Inject Clock.' },
  { selector: "ImportDeclaration[source.value='node:timers/promises']", message: 'Inject Clock.' },
];
const PARAMETERS = [
  {
    selector: ':matches(FunctionDeclaration, ArrowFunctionExpression)[params.length>4]',
    message: 'At most 4 parameters: take an options object.',
  },
  {
    selector: "MethodDefinition[kind!='constructor'] > FunctionExpression[params.length>4]",
    message: 'At most 4 parameters: take an options object.',
  },
  {
    selector: "MethodDefinition[kind='constructor'] > FunctionExpression[params.length>5]",
    message: 'At most 5 injected dependencies: split the class.',
  },
];
const SQL = {
  selector: "TaggedTemplateExpression[tag.name='sql']",
  message: 'SQL stands in *.repository.ts and src/platform/database only.',
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.data/', '.cache/', 'web/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'load/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['warn', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['warn', 50],
      complexity: ['warn', 10],
      'max-depth': ['warn', 3],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', ...TIME_AND_CHANCE, ...ENVIRONMENT],
      'no-restricted-globals': ['error', ...TIMERS],
      'no-restricted-syntax': ['error', ...SYNTAX, ...PARAMETERS, SQL],
      // Metadata for dependency injection needs value imports of classes: no automatic "import type".
      '@typescript-eslint/consistent-type-imports': 'off',
      // Modules of the framework are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Nest types its option objects as classes, and they are always written as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
    },
  },
  {
    files: ['src/kernel/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...ENVIRONMENT],
      'no-restricted-globals': 'off',
      'no-restricted-syntax': [
        'error',
        ...SYNTAX.filter(({ message }) => message !== 'Inject Clock.'),
        ...PARAMETERS,
        SQL,
      ],
    },
  },
  {
    // Browsers have other timers than Node: the client has a home of its own for time and chance.
    files: ['src/client/surroundings.ts'],
    rules: { 'no-restricted-properties': ['error', ...ENVIRONMENT], 'no-restricted-globals': 'off' },
  },
  {
    files: ['src/config/**/*.ts', 'src/main.ts', 'src/migrate.ts', 'src/cli/*/main.ts'],
    rules: { 'no-restricted-properties': ['error', ...TIME_AND_CHANCE] },
  },
  {
    files: ['src/**/*.repository.ts', 'src/platform/database/**/*.ts', 'src/kernel/sql*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX, ...PARAMETERS] },
  },
  {
    // Tests and benchmarks talk to the machine directly and may be long lists of cases.
    files: ['test/**/*.ts', 'bench/**/*.ts', 'load/**/*.ts', 'src/**/*.spec.ts'],
    rules: {
      'max-lines': ['warn', 500],
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-syntax': ['error', ...SYNTAX.filter(({ message }) => !/Inject|AppError/.test(message))],
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.strict],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
