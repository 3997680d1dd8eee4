import type { Route } from './route.ts';
import { ACCOUNT_ROUTES } from './routes/accounts.ts';
import { APPEAL_ROUTES } from './routes/appeals.ts';
import { APPROVAL_ROUTES } from './routes/approvals.ts';
import { ASSOCIATION_ROUTES } from './routes/associations.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { BASELINE_ROUTES } from './routes/baseline.ts';
import { BULK_ROUTES } from './routes/bulk.ts';
import { CHECK_ROUTES } from './routes/check.ts';
import { CODE_ROUTES } from './routes/codes.ts';
import { CONSIGNMENT_ROUTES } from './routes/consignments.ts';
import { DEVICE_ROUTES } from './routes/devices.ts';
import { DIRBS_ROUTES } from './routes/dirbs.ts';
import { DISPUTE_ROUTES } from './routes/disputes.ts';
import { FEE_ROUTES } from './routes/fees.ts';
import { IMPORT_ROUTES } from './routes/imports.ts';
import { JOB_ROUTES } from './routes/job.ts';
import { LIST_ROUTES } from './routes/lists.ts';
import { MACHINE_ROUTES } from './routes/machines.ts';
import { MOVE_ROUTES } from './routes/moves.ts';
import { NOTICE_ROUTES } from './routes/notices.ts';
import { ORDER_ROUTES } from './routes/orders.ts';
import { ORGANISATION_ROUTES } from './routes/organisations.ts';
import { OWN_ROUTES } from './routes/own.ts';
import { PAIR_ROUTES } from './routes/pairs.ts';
import { PARTNER_ROUTES } from './routes/partner.ts';
import { PASSKEY_ROUTES } from './routes/passkeys.ts';
import { POLICE_ROUTES } from './routes/police.ts';
import { POLICY_ROUTES } from './routes/policy.ts';
import { PROPOSAL_ROUTES } from './routes/proposals.ts';
import { PROVIDER_ROUTES } from './routes/provider.ts';
import { RULE_ROUTES } from './routes/rules.ts';
import { SERVICE_ROUTES } from './routes/service.ts';
import { SIGN_IN_ROUTES } from './routes/sign_in.ts';
import { STAY_ROUTES } from './routes/stays.ts';
import { STOCK_ROUTES } from './routes/stock.ts';
import { THEFT_ROUTES } from './routes/thefts.ts';
import { TOKEN_ROUTES } from './routes/token.ts';
import { TRANSFER_ROUTES } from './routes/transfers.ts';

/** Every route of the register. One that is not here does not exist. */
export const ROUTES: readonly Route[] = [
  ...SERVICE_ROUTES,
  ...TOKEN_ROUTES,
  ...SIGN_IN_ROUTES,
  ...PASSKEY_ROUTES,
  ...PROVIDER_ROUTES,
  ...CODE_ROUTES,
  ...OWN_ROUTES,
  ...ACCOUNT_ROUTES,
  ...MACHINE_ROUTES,
  ...ORGANISATION_ROUTES,
  ...PROPOSAL_ROUTES,
  ...AUDIT_ROUTES,
  ...CHECK_ROUTES,
  ...PARTNER_ROUTES,
  ...BASELINE_ROUTES,
  ...BULK_ROUTES,
  ...JOB_ROUTES,
  ...DIRBS_ROUTES,
  ...THEFT_ROUTES,
  ...POLICE_ROUTES,
  ...DEVICE_ROUTES,
  ...PAIR_ROUTES,
  ...MOVE_ROUTES,
  ...ASSOCIATION_ROUTES,
  ...DISPUTE_ROUTES,
  ...APPEAL_ROUTES,
  ...APPROVAL_ROUTES,
  ...CONSIGNMENT_ROUTES,
  ...STOCK_ROUTES,
  ...STAY_ROUTES,
  ...IMPORT_ROUTES,
  ...TRANSFER_ROUTES,
  ...FEE_ROUTES,
  ...RULE_ROUTES,
  ...ORDER_ROUTES,
  ...NOTICE_ROUTES,
  ...LIST_ROUTES,
  ...POLICY_ROUTES,
];
