import { expireProposals } from '../access/approval.ts';
import { signHead } from '../access/checkpoint.ts';
import { sweepSignIns } from '../access/sign_in/sweep.ts';
import { forgetAnswers } from '../api/idempotency.ts';
import { forgetJobs } from '../api/jobs/job.ts';
import { expireAppeals } from '../cases/appeals/clock.ts';
import { closeThefts, expireTheft } from '../cases/thefts/clock.ts';
import { escalateTasks } from '../cases/traces/work.ts';
import { fallDue } from '../devices/persons/disputing.ts';
import { expireHolds } from '../lists/offices/control.ts';
import { runApprovals } from '../registration/approval/approval_clock.ts';
import { runAdmissions } from '../registration/holders/stay_end.ts';
import { expireTransfers } from '../registration/holders/transfer.ts';
import type { Signer } from '../vault/signing.ts';
import type { Duty } from './duty.ts';

const MINUTE = 60;
const HOUR = 3600;

/** Rows of one transaction. */
const SOME = 200;

/** What the clock does to the register's records, each act in one transaction. */
export const clockDuties = (signer: Signer): readonly Duty[] => [
  { name: 'expire_holds', every: 10, act: async (desk) => (await expireHolds(desk)).length },
  { name: 'expire_thefts', every: 10, act: async (desk) => (await expireTheft(desk)).length },
  { name: 'close_thefts', every: HOUR, act: async (desk) => (await closeThefts(desk)).length },
  { name: 'escalate_tasks', every: MINUTE, act: async (desk) => (await escalateTasks(desk)).length },
  {
    name: 'expire_appeals',
    every: HOUR,
    act: async (desk) => {
      const { expired, late } = await expireAppeals(desk);
      return expired.length + late.length;
    },
  },
  { name: 'fall_due_disputes', every: HOUR, act: fallDue },
  {
    name: 'run_approvals',
    every: HOUR,
    act: async (desk) => {
      const { expired, reminded } = await runApprovals(desk, { limit: SOME });
      return expired + reminded;
    },
  },
  {
    name: 'run_admissions',
    every: 10 * MINUTE,
    act: async (desk) => {
      const { lapsed, blocked, renewedLadders } = await runAdmissions(desk, { limit: SOME });
      return lapsed + blocked + renewedLadders;
    },
  },
  { name: 'expire_transfers', every: HOUR, act: (desk) => expireTransfers(desk, { limit: SOME }) },
  { name: 'expire_proposals', every: MINUTE, act: expireProposals },
  { name: 'forget_jobs', every: HOUR, act: forgetJobs },
  { name: 'forget_answers', every: HOUR, act: forgetAnswers },
  {
    name: 'sweep_sign_ins',
    every: HOUR,
    act: async (desk) => {
      await sweepSignIns(desk);
      return 0; // all at once
    },
  },
  {
    name: 'sign_log',
    every: HOUR,
    act: async (desk) => {
      await signHead(desk, signer);
      return 0;
    },
  },
];
