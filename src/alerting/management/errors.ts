import { AppError } from '../../kernel/app-error.js';

/** What tenants have of alerting. */
export type AlertingThing = 'rule' | 'receiver' | 'silence' | 'alert' | 'SLO';

const ROUTES: Readonly<Record<AlertingThing, string>> = {
  rule: '/api/alert-rules',
  receiver: '/api/alert-receivers',
  silence: '/api/silences',
  alert: '/api/alerts',
  SLO: '/api/slos',
};

/** What is wrong with which field. */
export interface AlertingIssue {
  readonly path: string;
  readonly message: string;
}

/** The tenant has no such rule, receiver, silence, alert or SLO. HTTP 404. */
export class AlertingNotFoundError extends AppError {
  readonly code = 'ALERTING_NOT_FOUND';
  readonly kind = 'not_found';

  constructor(thing: AlertingThing, id: string) {
    const shown = id.slice(0, 64);
    super(`There is no ${thing} "${shown}" in your tenant. GET ${ROUTES[thing]} lists them.`, {
      thing,
      id: shown,
    });
  }
}

/** Fields that are well by themselves do not fit together, or name what is not there. HTTP 400. */
export class AlertingInputError extends AppError {
  readonly code = 'ALERTING_INPUT_INVALID';
  readonly kind = 'invalid';

  constructor(issues: readonly AlertingIssue[]) {
    const [first] = issues;
    super(`${first?.path ?? ''}: ${first?.message ?? 'is not valid'}.`, { issues });
  }
}

/** The tenant has another one of this name. HTTP 409. */
export class AlertingNameTakenError extends AppError {
  readonly code = 'ALERTING_NAME_TAKEN';
  readonly kind = 'conflict';

  constructor(thing: AlertingThing, name: string) {
    super(
      `There is ${thing === 'SLO' ? 'an' : 'a'} ${thing} "${name}" already. Choose another name, or change that one.`,
      { thing, name },
    );
  }
}

/** Somebody changed it meanwhile. HTTP 409. */
export class AlertingVersionError extends AppError {
  readonly code = 'ALERTING_VERSION_CONFLICT';
  readonly kind = 'conflict';

  constructor(thing: AlertingThing, id: string, version: number) {
    super(`The ${thing} ${id} has version ${version} by now. Read it again, and change that.`, {
      thing,
      id,
      version,
    });
  }
}

/** The tenant has as many as it may. HTTP 409. */
export class AlertingLimitError extends AppError {
  readonly code = 'ALERTING_LIMIT_REACHED';
  readonly kind = 'conflict';

  constructor(thing: AlertingThing, limit: number) {
    super(
      `Your tenant has ${limit} of these already, which is the most: ${thing}. Delete one that is not needed.`,
      {
        thing,
        limit,
      },
    );
  }
}

/** Watching the server itself is for those who operate it. HTTP 403. */
export class OperatorsOnlyError extends AppError {
  readonly code = 'ALERTING_OPERATORS_ONLY';
  readonly kind = 'forbidden';

  constructor() {
    super(
      "Rules on the server's own metrics are written by admins of tenant default. " +
        'Watch your collectors by scraper and metric, or ask an operator.',
    );
  }
}

/** The rule is not one to be changed like this: it is built in, or made of an SLO. HTTP 409. */
export class RuleFixedError extends AppError {
  readonly code = 'ALERTING_RULE_FIXED';
  readonly kind = 'conflict';

  constructor(id: string, origin: 'built-in' | 'slo') {
    super(
      origin === 'slo'
        ? `Rule ${id} is made of an SLO. Change or delete that: /api/slos.`
        : `Rule ${id} is built in: it keeps its name and what it watches, and cannot be deleted. ` +
            'Change its levels, or set isEnabled to false.',
      { id, origin },
    );
  }
}

/** What is over is not changed: it says what was silenced when. HTTP 409. */
export class SilenceOverError extends AppError {
  readonly code = 'ALERTING_SILENCE_OVER';
  readonly kind = 'conflict';

  constructor(id: string, endsAt: Date) {
    const over = endsAt.toISOString();
    super(`Silence ${id} is over since ${over}. POST /api/silences makes a new one.`, { id, endsAt: over });
  }
}

/** Only what fires can be acknowledged. HTTP 409. */
export class AlertNotFiringError extends AppError {
  readonly code = 'ALERTING_NOT_FIRING';
  readonly kind = 'conflict';

  constructor(id: string, state: string) {
    super(`Alert ${id} does not fire: it is ${state}. There is nothing to acknowledge.`, { id, state });
  }
}
