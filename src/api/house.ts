import type { Provider } from '../access/sign_in/oidc.ts';
import type { Policy } from '../country/country.ts';
import type { ExplainWish } from '../decisions/explain.ts';
import type { Explanation } from '../decisions/explanation.ts';
import type { Metric } from '../eir/node/exposition.ts';
import type { Fault } from '../faults/fault.ts';
import type { Result } from '../faults/result.ts';
import type { Ask, Registry } from '../stores/registry.ts';
import type { Store } from '../stores/store.ts';
import type { Signer } from '../vault/signing.ts';
import type { Vault } from '../vault/vault.ts';
import type { Caller, Credentials } from './caller.ts';
import type { Checking } from './check/checking.ts';
import type { Limits } from './limits.ts';

/** What routes work with. One for each process. */
export type House = {
  readonly registry: Registry;
  readonly vault: Vault;
  readonly signer: Signer;
  readonly policy: Policy;
  readonly clock: () => Date;
  /** Where the public reaches the register, without a slash at its end: what assertions are for, and links begin with. */
  readonly publicUrl: string;
  /** Who shows these credentials; undefined where they are not, or no longer, valid. */
  readonly authenticate: (
    shown: Credentials,
    at: { readonly query: Ask; readonly now: Date },
  ) => Promise<Caller | undefined>;
  /** The analytics store; without it, what is read from operators' data answers 503. */
  readonly analytics?: Pick<Store, 'analytics' | 'registry'> | undefined;
  /** Explains identifiers from both stores; without it, explanations answer 503. */
  readonly explaining?: ((wish: Omit<ExplainWish, 'country'>) => Promise<Explanation>) | undefined;
  /** The provider by which staff sign in, asked to describe itself when it is first needed; without it, there is none. */
  readonly provider?: (() => Promise<Result<Provider, Fault>>) | undefined;
  /** The public check. */
  readonly checking: Checking;
  readonly limits: Limits;
  /** Measures of the process beside those of the interface. */
  readonly measures?: (() => readonly Metric[]) | undefined;
};
