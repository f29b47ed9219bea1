import { AppError } from '../kernel/app-error.js';

/** One or more environment variables are wrong; the process does not start. */
export class InvalidSettingsError extends AppError {
  readonly code = 'CONFIG_INVALID';
  readonly kind = 'invalid';

  /** @param problems one line a variable: name, value unless secret, what it must be */
  constructor(problems: readonly string[]) {
    super(
      `The environment is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n` +
        'Correct these variables (.env.example lists them all) and start again.',
      { problems },
    );
  }
}
