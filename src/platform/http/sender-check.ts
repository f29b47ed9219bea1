/**
 * Tells whether an Authorization header is genuine, before the body behind it is read: strangers must not
 * make the server inflate and parse. It grants no access. Provided by the module that knows API keys.
 */
export abstract class SenderCheck {
  /** False for a header that is absent or proves nothing. @throws AppError when nobody can tell just now */
  abstract isGenuine(authorization: string | undefined): Promise<boolean>;
}
