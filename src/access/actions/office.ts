import { type Action, entry, openly, REGULATOR, read, self, TRADE, write } from './action.ts';

/** Checks and certificates, lists and their rules, notices, and the office itself: accounts, proposals, logs. */
export const OFFICE_ACTIONS = {
  'check.public': openly('ask how an identifier stands'),
  'check.bulk': read(['operator', 'police', 'customs', ...TRADE, ...REGULATOR], {
    about: 'ask how many identifiers stand, by a file',
  }),
  'check.partner': read(['operator', 'police', 'customs', ...TRADE, 'lab', ...REGULATOR], {
    about: 'ask whether one’s own data match, without being told other data',
  }),
  'job.read': read(['operator', 'police', 'customs', ...TRADE, 'lab', ...REGULATOR], {
    about: 'read progress and result of one’s own job',
    own: ['operator', 'police', 'customs', ...TRADE, 'lab', ...REGULATOR],
  }),
  'certificate.issue': write(['citizen', 'operator', 'police', 'dealer', 'system'], {
    about: 'have it certified that a device is clean at this time',
  }),
  'certificate.verify': openly('verify such a certificate'),

  'list.read': read(['operator', 'police', 'customs', ...REGULATOR, 'system'], {
    about: 'read the control lists and their changes',
    own: ['operator'],
  }),
  'list.place': write(['approver'], { about: 'put identifiers on a control list by hand', heavy: 'list_by_hand' }),
  'list.propose': write(['analyst', 'approver'], { about: 'propose such a change of a control list' }),
  'list.release': write(['approver'], { about: 'take such identifiers off again', heavy: 'list_by_hand' }),
  'golden.read': read(['approver'], { about: 'read the golden list' }),
  'golden.add': write(['approver'], { about: 'put an identifier on the golden list', heavy: 'golden' }),
  'golden.remove': write(['approver'], { about: 'take an identifier off the golden list', heavy: 'golden' }),
  'mass_effect.approve': write(['approver'], {
    about: 'let a condition take effect beyond its limit',
    heavy: 'mass_effect',
  }),
  'observation.upload': write(['operator'], { about: 'hand in operator data', own: ['operator'] }),
  'observation.read': read(['operator', 'analyst', 'approver'], {
    about: 'read what became of operator data',
    own: ['operator'],
  }),
  'decision.explain': read(['citizen', 'operator', 'analyst', 'approver'], {
    about: 'read why an identifier stands as it does, with the evidence',
    own: ['citizen', 'operator'],
    personal: true,
  }),
  'policy.read': openly('read the country file'),
  'policy.try': read(['analyst', 'approver'], { about: 'see what another country file would do' }),
  'report.read': openly('read the public figures'),
  'dirbs.read': read(['analyst'], { about: 'read by the interface of DIRBS', personal: true }),

  'notice.read': read(['citizen', 'operator', 'analyst', 'approver'], {
    about: 'read who was told what',
    own: ['citizen', 'operator'],
    personal: true,
  }),
  'notice.send': write(['analyst', 'system'], { about: 'tell somebody something' }),
  'notice.answer': write(['citizen'], { about: 'say that one has got a notice', own: ['citizen'] }),
  'notice.receipt': write(['operator', 'system'], { about: 'enter that a notice was delivered', own: ['operator'] }),

  'proposal.open': write(REGULATOR, { about: 'propose a heavy act' }),
  'proposal.approve': write(['approver', 'admin'], { about: 'approve or decline what another proposed' }),
  'proposal.withdraw': write(REGULATOR, { about: 'withdraw what one proposed' }),
  'proposal.read': read(REGULATOR, { about: 'read proposals' }),

  'organisation.create': write(['admin', 'system'], { about: 'enter an organisation' }),
  'organisation.disable': write(['admin', 'system'], { about: 'shut an organisation and all its accounts out' }),
  'organisation.read': read(REGULATOR, { about: 'read organisations' }),
  'account.create': write(['admin', 'system'], { about: 'make an account' }),
  'account.disable': write(['admin', 'system'], { about: 'shut an account out' }),
  'account.enable': write(['admin', 'system'], { about: 'let an account in again' }),
  'account.roles': write(['admin', 'system'], { about: 'change the roles of an account' }),
  'account.propose': write(['admin'], { about: 'propose an act on an account that takes two persons' }),
  'account.invite': write(['admin', 'system'], { about: 'give an account new means to sign in' }),
  'account.link': write(['admin', 'system'], { about: 'link an account to an identity of the sign-in provider' }),
  'account.machine': write(['admin', 'system'], { about: 'enter a key or certificate of a machine, or end it' }),
  'account.read': read(['admin'], { about: 'read accounts', personal: true }),
  'account.own': self('look after one’s own password, codes, passkeys and sessions'),
  'session.begin': entry('sign in'),

  'audit.read': read([], { about: 'read the log of who read personal data' }),
  'audit.own': read(['citizen'], { about: 'read who read one’s own data', own: ['citizen'] }),
  'log.verify': read(['admin', 'system'], { about: 'verify that the log is whole' }),
  'alarm.read': read(['approver', 'admin'], { about: 'read alarms: quotas of reading, activation before release' }),
  'alarm.acknowledge': write(['approver', 'admin'], { about: 'acknowledge an alarm' }),
  'retention.run': write(['system'], { about: 'delete what is kept too long' }),
  'retention.read': read(REGULATOR, { about: 'read what was deleted, and the proof' }),
  'health.read': openly('ask whether the register works'),
  'metrics.read': read(['admin', 'system'], { about: 'read the measures of the running register' }),
} as const satisfies Readonly<Record<string, Action>>;
